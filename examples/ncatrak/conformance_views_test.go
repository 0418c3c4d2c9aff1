package main

func a12(w *world) {}
func a13(w *world) {}
func a27(w *world) {}
