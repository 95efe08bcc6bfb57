package whatsapp

import (
	"regexp"
	"strings"

	"maunium.net/go/mautrix/bridgev2/networkid"

	"mistok.test/bridge/wire"
)

// The names of people, chats and messages are those of protocol/bridge.md 4.1.

var ghostIDShape = regexp.MustCompile(`^(?:lid-)?\d{5,20}$`)

// ghostID is `lid-<n>`, or the digits of one who still goes by the number.
func ghostID(person *wire.Person) networkid.UserID {
	if person.ByNumber {
		return networkid.UserID(person.Phone)
	}
	return networkid.UserID("lid-" + person.LID)
}

// personJID is how WhatsApp addresses a person now.
func personJID(person *wire.Person) string {
	if person.ByNumber {
		return person.Phone + "@s.whatsapp.net"
	}
	return person.LID + "@lid"
}

// messageID is `<chat JID>:<sender JID>:<stanza id>`; it is only in the bridge's own database.
func messageID(chat, sender, stanza string) networkid.MessageID {
	return networkid.MessageID(chat + ":" + sender + ":" + stanza)
}

// stanzaOf is WhatsApp's own id of a message.
func stanzaOf(id networkid.MessageID) string {
	return string(id[strings.LastIndexByte(string(id), ':')+1:])
}

func isGroup(jid networkid.PortalID) bool { return strings.HasSuffix(string(jid), "@g.us") }
