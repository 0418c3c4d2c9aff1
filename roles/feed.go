package roles

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// Subscribe calls fn with every commit from now on, in their order, each after
// Snapshot has it; a Snapshot taken after Subscribe may have commits that fn
// is still to be told of. cancel ends that; a call that is under way then may
// still go on.
//
// The calls come one after the other, from the goroutine of an Update: an
// Update returns after the subscribers were told of it, unless another Update
// is telling them at the time, which then tells of both. So a slow subscriber
// slows down writers, though no reader. fn may call Update; it is told of that
// commit later. A panic of fn ends that call only (see Options).
func (d *Directory) Subscribe(fn func(Commit)) (cancel func()) {
	return d.feed.subscribe(fn, func() uint64 { return d.Snapshot().revision })
}

// A feed hands commits to subscribers, in order.
type feed struct {
	panicked    func(*PanicError)
	mu          sync.Mutex
	subscribers []*subscriber
	pending     []Commit
	delivering  bool // somebody is in deliver and will take what is pending
}

type subscriber struct {
	fn        func(Commit)
	after     uint64 // the last revision that it is not told of
	cancelled atomic.Bool
}

func (f *feed) subscribe(fn func(Commit), revision func() uint64) (cancel func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &subscriber{fn: fn, after: revision()}
	f.subscribers = append(slices.Clip(f.subscribers), s)
	return func() {
		s.cancelled.Store(true)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.subscribers = slices.DeleteFunc(slices.Clone(f.subscribers), func(other *subscriber) bool { return other == s })
	}
}

// push adds a copy of a commit to those that are pending. Its caller holds the
// directory's lock, so that they are pending in their order.
func (f *feed) push(c Commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.subscribers) > 0 {
		f.pending = append(f.pending, c.clone())
	}
}

// deliver tells the subscribers of what is pending, unless somebody else is
// doing so.
func (f *feed) deliver() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.delivering {
		return
	}
	f.delivering = true
	defer func() { f.delivering = false }() // also if a subscriber ends its goroutine
	for len(f.pending) > 0 {
		c, subscribers := f.pending[0], f.subscribers
		f.pending[0], f.pending = Commit{}, f.pending[1:]
		for _, s := range subscribers {
			if s.after < c.Revision && !s.cancelled.Load() {
				f.tell(s, c.clone())
			}
		}
	}
}

// tell calls a subscriber, without the lock.
func (f *feed) tell(s *subscriber, c Commit) {
	f.mu.Unlock()
	defer f.mu.Lock()
	err := protect(func() error { s.fn(c); return nil })
	var p *PanicError
	if errors.As(err, &p) {
		f.panicked(p)
	}
}
