//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// takePicture writes a picture of docs/images, when asked to.
func takePicture(t *testing.T, p *tab, name string) {
	t.Helper()
	if os.Getenv("JORNADA_SCREENSHOTS") == "" {
		return
	}
	require.NoError(t, os.WriteFile(filepath.Join("..", "..", "..", "docs", "images", name), p.picture(), 0o644))
}
