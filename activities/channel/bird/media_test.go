package bird_test

import (
	"net/http"
	"testing"

	"jornada/activities/channel/bird"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// TestMedia: the address that came is asked with the access key, and the bucket that
// it leads to without it.
func TestMedia(t *testing.T) {
	channeltest.MediaVia{
		New: bird.New, Settings: stage.On(engine.WhatsApp).Fresh(), Status: http.StatusFound, Authorization: "AccessKey k-1",
		Path:  "/workspaces/" + workspace + "/messages/404544c5-9920-45f1-8990-0855634ab7ac/media/0c5e5552-fe12-4c4c-a39d-3604bb30aa81",
		Store: "https://bucket.s3.amazonaws.com/x", Foreign: "https://bucket.s3.amazonaws.com.example.com/x",
	}.Run(t)
}
