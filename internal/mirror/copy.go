package mirror

import (
	"context"
	"errors"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Copy makes everything that one account has be in another too. What the other has
// besides stays. It may be repeated: what is equal already costs no write.
type Copy struct {
	From, To Account
	// Tell is called whenever it is further.
	Tell func(Copied)
}

// Copied is how far a copy of one kind is.
type Copied struct {
	Kind    Kind
	Read    int // of the one account
	Made    int // in the other
	Changed int // in the other, to what the one has
	Same    int
	Refused []Mark // with the reason
}

// Run copies. An error means that it did not come to its end; it may be run again.
func (c *Copy) Run(ctx context.Context) ([]Copied, error) {
	var all []Copied
	for _, kind := range Order {
		done := Copied{Kind: kind}
		var list []authz.Change
		err := c.From.Everything(ctx, kind, func(some []authz.Change) error {
			list = append(list, some...)
			done.Read += len(some)
			c.Tell(done)
			return nil
		})
		if err != nil {
			return all, err
		}
		if err := c.kind(ctx, list, &done); err != nil {
			return all, err
		}
		all = append(all, done)
	}
	return all, nil
}

// kind copies things of one kind. What is refused is tried again while anything moves:
// what it needs may come after it in the list.
func (c *Copy) kind(ctx context.Context, list []authz.Change, done *Copied) error {
	for len(list) > 0 {
		var left []authz.Change
		var refused []Mark
		moved := false
		size := max(c.To.Most(done.Kind, Create), 1000)
		for len(list) > 0 {
			some := list[:min(size, len(list))]
			list = list[len(some):]
			again, marks, did, err := c.some(ctx, some, done)
			if err != nil {
				return err
			}
			left, refused, moved = append(left, again...), append(refused, marks...), moved || did
			c.Tell(*done)
		}
		if !moved {
			done.Refused = refused
			return nil
		}
		list = left
	}
	return nil
}

// some copies some things. It returns those that are to be looked at again, with what
// was refused of them, and whether anything was done.
func (c *Copy) some(ctx context.Context, list []authz.Change, done *Copied) (again []authz.Change, refused []Mark, moved bool, err error) {
	things := make([]Thing, len(list))
	for i, x := range list {
		things[i] = Named(x)
	}
	there, err := c.To.Find(ctx, things, false)
	if err != nil {
		return nil, nil, false, err
	}
	todo := map[Verb][]authz.Change{}
	for i, x := range list {
		switch {
		case there[i] == nil:
			todo[Create] = append(todo[Create], x)
		case Digest(there[i]) == Digest(x), shared(x) && covers(there[i], x):
			done.Same++
		case fixed(there[i]) != fixed(x):
			refused = append(refused, Mark{Thing: things[i], Reason: "another of this name is there, of which this cannot be changed"})
			again = append(again, x)
		default:
			todo[Update] = append(todo[Update], x)
		}
	}
	for _, verb := range []Verb{Create, Update} {
		most := c.To.Most(done.Kind, verb)
		for list := todo[verb]; len(list) > 0; {
			some := list[:min(most, len(list))]
			list = list[len(some):]
			left, marks, err := c.do(ctx, verb, some, done)
			if err != nil {
				return nil, nil, false, err
			}
			moved = moved || len(marks) < len(some)
			again, refused = append(again, left...), append(refused, marks...)
		}
	}
	return again, refused, moved, nil
}

// do makes a call, or several of fewer things if that is refused.
func (c *Copy) do(ctx context.Context, verb Verb, list []authz.Change, done *Copied) (again []authz.Change, refused []Mark, err error) {
	call := Call{Verb: verb, Values: list}
	for _, x := range list {
		call.Things = append(call.Things, Named(x))
	}
	err = c.To.Do(ctx, call)
	r, is := errors.AsType[*Refusal](err)
	switch {
	case is && !r.Locked && len(list) > 1:
		for _, half := range [][]authz.Change{list[:len(list)/2], list[len(list)/2:]} {
			left, marks, err := c.do(ctx, verb, half, done)
			if err != nil {
				return nil, nil, err
			}
			again, refused = append(again, left...), append(refused, marks...)
		}
		return again, refused, nil
	case is && !r.Locked:
		return list, []Mark{{Thing: call.Things[0], Reason: r.Error()}}, nil
	case err != nil:
		return nil, nil, err
	case verb == Update:
		done.Changed += len(list)
	default:
		done.Made += len(list)
	}
	if verb == Create && done.Kind == Resource {
		return list, nil, nil // what it refers to comes next
	}
	return nil, nil, nil
}
