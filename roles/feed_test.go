package roles_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
)

// add adds a user whom nobody knows yet.
func add(t fataler, d *roles.Directory, id any) roles.Commit {
	t.Helper()
	return must(t, d, func(tx *roles.Tx) { tx.AddUser(roles.User{ID: roles.UserID(fmt.Sprint(id))}) })
}

func TestASubscriberIsToldOfEveryCommitFromThenOn(t *testing.T) {
	d := newWorld(t)
	var told []roles.Commit
	cancel := d.Subscribe(func(c roles.Commit) {
		require.Equal(t, c.Revision, d.Snapshot().Revision(), "what it is told of can be seen")
		told = append(told, c)
	})
	first, second := add(t, d, 1), add(t, d, 2)
	require.Equal(t, []roles.Commit{first, second}, told)
	_, err := d.Update("test", func(tx *roles.Tx) error { tx.RemoveUser("x"); return nil })
	require.Error(t, err)
	_, err = d.DryRun("test", addCat)
	require.NoError(t, err)
	must(t, d, func(*roles.Tx) {})
	require.Len(t, told, 2, "neither a refusal nor a dry run nor no change is a commit")
	cancel()
	cancel()
	add(t, d, 3)
	require.Len(t, told, 2, "and not after cancel")
}

// TestASubscriberCanUpdate: it is told of its own commit later, in order, and
// so is every other.
func TestASubscriberCanUpdate(t *testing.T) {
	d := newWorld(t)
	var a, b []uint64
	d.Subscribe(func(c roles.Commit) {
		a = append(a, c.Revision)
		if c.Revision < 5 {
			add(t, d, c.Revision)
			require.Equal(t, c.Revision, a[len(a)-1], "not within its own call")
		}
	})
	d.Subscribe(func(c roles.Commit) { b = append(b, c.Revision) })
	add(t, d, "first")
	require.Equal(t, []uint64{2, 3, 4, 5}, a)
	require.Equal(t, a, b)
}

// TestASubscriberCanSubscribeAndCancel: also for others, and it counts at once:
// who is cancelled is told of nothing more, and who is new of nothing that was
// committed before, though it is not told to all yet.
func TestASubscriberCanSubscribeAndCancel(t *testing.T) {
	d := newWorld(t)
	var late []uint64
	var cancelSelf, cancelOther func()
	cancelSelf = d.Subscribe(func(roles.Commit) {
		cancelSelf()
		cancelOther()
		add(t, d, "second")
		d.Subscribe(func(c roles.Commit) { late = append(late, c.Revision) })
	})
	cancelOther = d.Subscribe(func(roles.Commit) { t.Error("told after cancel") })
	d.Subscribe(func(roles.Commit) {}) // there is always somebody to tell
	add(t, d, "first")
	require.Empty(t, late)
	c := add(t, d, "third")
	require.Equal(t, []uint64{c.Revision}, late)
}

// TestAPanicOfASubscriberHarmsNobody: the others are told, the writer gets its
// commit, and the panic is not lost.
func TestAPanicOfASubscriberHarmsNobody(t *testing.T) {
	var panics []any
	d, err := roles.NewDirectory(newSchema(t), &roles.Options{SubscriberPanicked: func(p *roles.PanicError) { panics = append(panics, p.Value) }})
	require.NoError(t, err)
	told := 0
	d.Subscribe(func(c roles.Commit) { panic(c.Revision) })
	d.Subscribe(func(roles.Commit) { told++ })
	add(t, d, 1)
	add(t, d, 2)
	require.Equal(t, 2, told)
	require.Equal(t, []any{uint64(1), uint64(2)}, panics, "it stays a subscriber")
}

func TestAPanicOfASubscriberIsLogged(t *testing.T) {
	var out bytes.Buffer
	old := slog.Default()
	defer slog.SetDefault(old)
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	d := newWorld(t)
	d.Subscribe(func(roles.Commit) { panic("lost index") })
	add(t, d, 1)
	require.Contains(t, out.String(), "lost index")
	require.Contains(t, out.String(), "TestAPanicOfASubscriberIsLogged")
}

// TestASubscriberThatEndsItsGoroutineHarmsNobody: what it leaves undelivered is
// delivered with the next commit.
func TestASubscriberThatEndsItsGoroutineHarmsNobody(t *testing.T) {
	d := newWorld(t)
	var told []uint64
	end := sync.OnceFunc(func() {
		add(t, d, "waits")
		runtime.Goexit()
	})
	d.Subscribe(func(roles.Commit) { end() })
	d.Subscribe(func(c roles.Commit) { told = append(told, c.Revision) })
	done := make(chan struct{})
	go func() { defer close(done); add(t, d, "ends") }()
	<-done
	add(t, d, "last")
	require.Equal(t, []uint64{3, 4}, told, "all but the one whose telling ended")
}

// TestCommitsAreToldInOrder, also if many write at once: all of them, to each
// subscriber, without gaps, one at a time.
func TestCommitsAreToldInOrder(t *testing.T) {
	const writers, each = 8, 40
	d := newDirectory(t, newSchema(t))
	var told [2][]uint64
	for i := range told {
		d.Subscribe(func(c roles.Commit) { told[i] = append(told[i], c.Revision) })
	}
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for i := range each {
				add(t, d, fmt.Sprint(w, ".", i))
			}
		})
	}
	wait.Wait()
	add(t, d, "last")
	for _, list := range told {
		require.Len(t, list, writers*each+1)
		for i, revision := range list {
			require.Equal(t, uint64(i+1), revision)
		}
	}
}

// TestASlowSubscriberSlowsNoReader, and other writers can write meanwhile.
func TestASlowSubscriberSlowsNoReader(t *testing.T) {
	d := newWorld(t)
	called, release := make(chan struct{}), make(chan struct{})
	d.Subscribe(func(c roles.Commit) {
		if c.Revision == 2 {
			close(called)
			<-release
		}
	})
	done := make(chan struct{})
	go func() { defer close(done); add(t, d, 1) }()
	<-called
	c := add(t, d, 2)
	require.Equal(t, c.Revision, d.Snapshot().Revision())
	close(release)
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the first writer does not come back")
	}
}

// TestACommitIsItsReceiversOwn: who changes what is in it changes nobody
// else's.
func TestACommitIsItsReceiversOwn(t *testing.T) {
	d := newWorld(t)
	spoil := func(c roles.Commit) {
		if len(c.Changes[0].After.(roles.User).Attributes) == 0 {
			return
		}
		u := c.Changes[0].After.(roles.User)
		u.Attributes["dept"] = "spoilt"
		u.Attributes["tags"].([]any)[0] = "spoilt"
		c.Changes[0] = roles.Change{}
	}
	var told roles.Commit
	d.Subscribe(spoil)
	d.Subscribe(func(c roles.Commit) { told = c })
	c := must(t, d, func(tx *roles.Tx) {
		tx.AddUser(roles.User{ID: "cat", Attributes: map[string]any{"dept": "a", "tags": []any{"x"}}})
	})
	require.Equal(t, c, told)
	spoil(c)
	u, _ := d.Snapshot().User("cat")
	require.Equal(t, "a", u.Attributes["dept"])
	require.Equal(t, []any{"x"}, u.Attributes["tags"])

	cancel := d.Subscribe(func(c roles.Commit) {
		if c.Revision == 3 { // the next is told only when this call is over
			spoil(must(t, d, func(tx *roles.Tx) {
				tx.AddUser(roles.User{ID: "eve", Attributes: map[string]any{"dept": "a", "tags": []any{"x"}}})
			}))
		}
	})
	defer cancel()
	add(t, d, "dan")
	require.Equal(t, "add_user eve", told.Changes[0].String())
	require.Equal(t, "a", told.Changes[0].After.(roles.User).Attributes["dept"])
}
