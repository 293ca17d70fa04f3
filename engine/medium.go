package engine

import (
	"slices"

	"jornada/dsl/medium"
)

// Channels are all channels, in the order in which they are listed to people.
func Channels() []Channel {
	list := make([]Channel, len(medium.Table))
	for i, m := range medium.Table {
		list[i] = Channel(m.Name)
	}
	return list
}

// Medium is what the channel can carry.
func (c Channel) Medium() medium.Medium { return medium.Of(string(c)) }

// Known reports whether there is such a channel.
func (c Channel) Known() bool {
	_, known := medium.Named(string(c))
	return known
}

// HasWindow reports whether own text may go in a service window only.
func (c Channel) HasWindow() bool { return c.Medium().Window > 0 }

// AddressKinds are the addresses usable on the channel, best first: the platform's
// own id of the person as it wrote it, then what people know of each other.
func (c Channel) AddressKinds() []AddressKind {
	names := c.Medium().Addresses
	list := make([]AddressKind, len(names))
	for i, name := range names {
		list[i] = AddressKind(name)
	}
	return list
}

// Reaches reports whether an address is one of the channel.
func (c Channel) Reaches(a Address) bool {
	return slices.Contains(c.Medium().Addresses, string(a.Kind))
}

// AddressKinds are all kinds of address, in the order in which a contact shows them.
func AddressKinds() []AddressKind {
	list := make([]AddressKind, len(medium.Kinds))
	for i, k := range medium.Kinds {
		list[i] = AddressKind(k.Name)
	}
	return list
}

// Learned reports whether only the platform itself knows addresses of this kind.
func (k AddressKind) Learned() bool {
	kind, _ := medium.KindNamed(string(k))
	return kind.Learned
}

// Sureness orders kinds by how surely an address denotes one person, the surest first.
func (k AddressKind) Sureness() int {
	kind, _ := medium.KindNamed(string(k))
	return kind.Sureness
}
