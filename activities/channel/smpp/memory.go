package smpp

import "sync"

// memoryMost is how many accepted messages are remembered by their id: receipts
// mostly come within seconds, and later ones find the row by its id.
const memoryMost = 20_000

// remembered is an accepted message.
type remembered struct {
	ref    string
	answer string // the id as submit_sm_resp wrote it
}

// memory finds accepted messages by the SMSC's id. It forgets the older half when
// it is full, and everything with the process; losing it costs nothing but the
// receipts that overtake the row's update.
type memory struct {
	mu         sync.Mutex
	young, old map[string]remembered
}

func newMemory() *memory { return &memory{young: map[string]remembered{}} }

func (m *memory) put(id string, r remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= memoryMost/2 {
		m.old, m.young = m.young, map[string]remembered{}
	}
	m.young[id] = r
}

func (m *memory) get(id string) (remembered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, known := m.young[id]; known {
		return r, true
	}
	r, known := m.old[id]
	return r, known
}

// all is a copy of the young half.
func (m *memory) all() []remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]remembered, 0, len(m.young))
	for _, r := range m.young {
		list = append(list, r)
	}
	return list
}
