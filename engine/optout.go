package engine

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What a person asks for with a keyword.
const (
	KeywordStop  = "stop"
	KeywordStart = "start"
	KeywordHelp  = "help"
)

// The words carriers and laws ask for (Twilio's and AWS's lists, FCC 47 CFR
// 64.1200, Anatel's SAIR) and their usual Portuguese and Spanish companions.
// Folded: lower case, no diacritics.
var optOutKeywords = map[string]string{
	"stop": KeywordStop, "stopall": KeywordStop, "stop all": KeywordStop, "unsubscribe": KeywordStop,
	"cancel": KeywordStop, "end": KeywordStop, "quit": KeywordStop, "revoke": KeywordStop,
	"optout": KeywordStop, "opt out": KeywordStop, "opt-out": KeywordStop, "remove": KeywordStop,
	"sair": KeywordStop, "parar": KeywordStop, "pare": KeywordStop, "cancelar": KeywordStop,
	"descadastrar": KeywordStop, "descadastre": KeywordStop, "desinscrever": KeywordStop, "remover": KeywordStop,
	"sair da lista": KeywordStop, "parar de receber": KeywordStop, "nao quero receber": KeywordStop, "nao quero mais receber": KeywordStop,
	"alto": KeywordStop, "baja": KeywordStop, "dar de baja": KeywordStop, "darme de baja": KeywordStop, "salir": KeywordStop,
	"detener": KeywordStop, "desuscribir": KeywordStop, "desuscribirme": KeywordStop, "no quiero recibir": KeywordStop, "no quiero recibir mas": KeywordStop,
	"arret": KeywordStop, "td": KeywordStop,
	"start": KeywordStart, "yes": KeywordStart, "unstop": KeywordStart, "voltar": KeywordStart, "iniciar": KeywordStart,
	"help": KeywordHelp, "info": KeywordHelp, "ajuda": KeywordHelp, "ayuda": KeywordHelp,
}

// OptOutKeyword says what a message asks for: KeywordStop, KeywordStart,
// KeywordHelp or "". A keyword counts only when it is the whole message; spaces,
// final punctuation, case and diacritics do not matter.
//
// Inside a question that offers the same word as an answer ("cancelar" while
// confirming an appointment) the answer comes first: ask MatchAnswer before.
func OptOutKeyword(text string) (action string) { return optOutKeywords[fold(text)] }

// fold makes texts comparable: lower case, no diacritics, no invisible
// characters, single spaces, no punctuation or emoji around.
func fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || unicode.Is(unicode.Cf, r):
			// accents, variation selectors, keycaps, zero-width joiners
		case unicode.IsSpace(r):
			space = b.Len() > 0
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.TrimFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
