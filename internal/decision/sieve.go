package decision

// A sieve is a Bloom filter: it says of a key that it is not there, or that it may
// be. About one key in a hundred that is not there may be.
type sieve []byte

const (
	sieveBits   = 10 // for each key
	sieveProbes = 7
)

// longest is the most bytes of a key that is put into a sieve; no key of a thing is
// longer.
const longest = 512

// hash is the FNV-1a hash of s, spread over all bits.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// newSieve is the sieve of texts.
func newSieve(texts map[string]uint64) sieve {
	s := make(sieve, (len(texts)*sieveBits+7)/8+1)
	for text := range texts {
		if len(text) <= longest {
			s.probe(hash(text), func(place uint64, bit byte) bool {
				s[place] |= bit
				return true
			})
		}
	}
	return s
}

// may reports whether the text may be there.
func (s sieve) may(text string) bool {
	if len(text) > longest || len(s) == 0 {
		return true
	}
	there := true
	s.probe(hash(text), func(place uint64, bit byte) bool {
		there = s[place]&bit != 0
		return there
	})
	return there
}

func (s sieve) probe(h uint64, at func(place uint64, bit byte) bool) {
	size, step := uint64(len(s))*8, h>>33|1
	for range sieveProbes {
		place := h % size
		if !at(place/8, 1<<(place%8)) {
			return
		}
		h += step
	}
}
