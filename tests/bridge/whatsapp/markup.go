package whatsapp

import (
	"context"
	"fmt"
	"html"
	"regexp"
	"strings"

	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"
)

type mark struct {
	shape *regexp.Regexp
	tag   string
}

func markOf(sign, tag string) mark {
	q := regexp.QuoteMeta(sign)
	shape := `(^|[\s(>])` + q + `([^\s` + q + `](?:[^` + q + `\n]*[^\s` + q + `])?)` + q + `($|[\s).,!?:;<])`
	return mark{regexp.MustCompile(shape), tag}
}

var marks = []mark{markOf("*", "strong"), markOf("_", "em"), markOf("~", "del"), markOf("`", "code")}

// htmlOf is Matrix HTML for WhatsApp's marks in a text, or empty where there are none (protocol/bridge.md 5.1). Lists and quotes stay lines.
func htmlOf(text string) string {
	escaped := html.EscapeString(text)
	parts := strings.Split(escaped, "```")
	for i, part := range parts {
		if i%2 == 1 && i < len(parts)-1 {
			parts[i] = "<pre><code>" + part + "</code></pre>"
			continue
		}
		for _, mark := range marks {
			part = mark.shape.ReplaceAllString(part, "$1<"+mark.tag+">$2</"+mark.tag+">$3")
		}
		parts[i] = part
	}
	marked := strings.Join(parts, "")
	if marked == escaped {
		return ""
	}
	return strings.ReplaceAll(marked, "\n", "<br>")
}

func around(sign string) format.TextConverter {
	return func(text string, _ format.Context) string { return sign + text + sign }
}

// textOf is WhatsApp text for Matrix HTML; `mention` gives the digits of a pill, if it is somebody on WhatsApp (protocol/bridge.md 5.2).
func textOf(ctx context.Context, formatted string, mention func(id.UserID) string) string {
	parser := &format.HTMLParser{
		TabsToSpaces:           4,
		Newline:                "\n",
		HorizontalLine:         "\n---\n",
		BoldConverter:          around("*"),
		ItalicConverter:        around("_"),
		StrikethroughConverter: around("~"),
		MonospaceConverter:     around("`"),
		MonospaceBlockConverter: func(code, _ string, _ format.Context) string {
			return "```" + code + "```"
		},
		LinkConverter: func(text, href string, _ format.Context) string {
			if text == href {
				return text
			}
			return fmt.Sprintf("%s (%s)", text, href)
		},
		PillConverter: func(shown, mxid, _ string, _ format.Context) string {
			if digits := mention(id.UserID(mxid)); digits != "" {
				return "@" + digits
			}
			return shown
		},
	}
	return parser.Parse(formatted, format.NewContext(ctx))
}
