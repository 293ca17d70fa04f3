package provsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

var sigV4Pattern = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/ses/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$`)

// checkSigV4 checks AWS's Signature Version 4
// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv4-create-signed-request.html)
// and returns what is wrong with it, "" when nothing is.
func (w *World) checkSigV4(r *http.Request, body []byte) string {
	secrets := w.Secrets()
	parts := sigV4Pattern.FindStringSubmatch(r.Header.Get("Authorization"))
	if parts == nil {
		return "The request carries no AWS Signature Version 4 for the service ses."
	}
	key, day, region, signed, given := parts[1], parts[2], parts[3], parts[4], parts[5]
	date := r.Header.Get("X-Amz-Date")
	switch {
	case key != secrets.SESAccessKey:
		return "The security token included in the request is invalid."
	case region != secrets.SESRegion:
		return "Credential should be scoped to a valid region."
	case !strings.HasPrefix(date, day):
		return "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP."
	}
	var headers strings.Builder
	for name := range strings.SplitSeq(signed, ";") {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = r.Header.Get("Content-Length")
			if value == "" && r.ContentLength >= 0 {
				value = strconv.FormatInt(r.ContentLength, 10)
			}
		}
		headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	request := strings.Join([]string{
		r.Method, r.URL.EscapedPath(), r.URL.Query().Encode(), headers.String(), signed, hash(body),
	}, "\n")
	scope := day + "/" + region + "/ses/aws4_request"
	text := "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hash([]byte(request))
	secret := []byte("AWS4" + secrets.SESSecretKey)
	for _, part := range []string{day, region, "ses", "aws4_request"} {
		secret = hmacSHA256(secret, part)
	}
	if want := hex.EncodeToString(hmacSHA256(secret, text)); !hmac.Equal([]byte(want), []byte(given)) {
		return "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."
	}
	return ""
}

func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
