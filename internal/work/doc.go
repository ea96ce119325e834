// Package work runs durable work. A piece of work is a kind and a key ("this
// subject is dirty"), never a payload: asking for it twice is asking once, it is
// run by one worker at a time, and work asked for while it runs is run again
// afterwards. Work that fails stays, with its error, and is tried again later;
// nothing is dropped.
//
// Open runner.go.
package work
