package engine

import "time"

// UserID is made by NewID.
type UserID string

// Role is what a person may do in the editor. Each stands for scopes of the API;
// auth.Role says which.
type Role string

// The roles of people, widest first.
const (
	Administrator Role = "administrator" // everything
	Author        Role = "author"        // writes, publishes and steers journeys; looks at everything
	Operator      Role = "operator"      // contacts, messages and hand-offs; looks at everything
	Viewer        Role = "viewer"        // looks
)

// Roles lists every role, widest first.
func Roles() []Role { return []Role{Administrator, Author, Operator, Viewer} }

// User is a person who signs in. Email is in small letters and unique in a
// workspace. PasswordHash is "" until the person has chosen one.
type User struct {
	ID           UserID     `json:"id"`
	Name         string     `json:"name"`
	Email        string     `json:"email"`
	Role         Role       `json:"role"`
	PasswordHash string     `json:"-"`
	CreatedAt    time.Time  `json:"created_at"`
	SeenAt       *time.Time `json:"seen_at"`
	DisabledAt   *time.Time `json:"disabled_at"`
}

// Session is a browser in which a person has signed in. Only the hash of its
// secret is stored.
type Session struct {
	Hash      string
	UserID    UserID
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// SignInLink lets whoever holds it choose a user's password, once. UserID is ""
// for the first administrator's, who does not exist yet. Only its secret's hash
// is stored.
type SignInLink struct {
	Hash      string
	UserID    UserID
	ExpiresAt time.Time
	UsedAt    *time.Time
}

// JourneyNumbers is how busy a journey is, and how well it does.
type JourneyNumbers struct {
	Inside  int64           // enrollments that have not ended
	Entered int64           // enrollments begun since the moment asked for
	Ended   int64           // of versions with goals, those that ended since the moment asked for
	Reached int64           // of those, the ones that reached a goal, whether it ended them or not
	Within  []VersionInside // the versions that people are inside of, newest first
}

// VersionInside is how many people are inside a version.
type VersionInside struct {
	Version VersionHash
	Number  int
	Inside  int64
}
