package whatsapp

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"

	"mistok.test/bridge/wire"
)

var noticeTexts = map[string]string{
	"pin":               "Pinned a message",
	"keep":              "Kept a message",
	"history_share":     "Shared the chat history",
	"security_code":     "Security code changed",
	"media_failed":      "Failed to bridge media",
	"conversion_failed": "Failed to convert message",
}

// rare is content that a linked device shows in part only, or later (protocol/bridge.md 5.1).
func (v converter) rare(content *wire.Content) *part {
	switch content.Type {
	case "live_location":
		return notice(strings.TrimSpace("Started sharing live location\n\n" + content.Caption))
	case "album":
		return notice(fmt.Sprintf("Sent an album with %d images and %d videos", content.Images, content.Videos))
	case "group_invite":
		return v.invite(content)
	case "business":
		return v.business(content)
	case "business_reply":
		return businessReply(content)
	case "masked":
		return notice("This message is masked for security. Open WhatsApp on your phone to see it.")
	case "view_once":
		if content.Shown == "notice" {
			return notice("You received a view once message. Open WhatsApp on your phone to see it.")
		}
		return undecryptable()
	case "undecryptable":
		return undecryptable()
	case "notice":
		converted := notice(noticeTexts[content.About])
		if content.About == "conversion_failed" {
			converted.Extra = map[string]any{"fi.mau.bridge.internal_error": "x"}
		}
		return converted
	case "event_invite":
		return eventInvite(content)
	case "ai":
		rendered := format.RenderMarkdown(content.Text, true, false)
		return message(&rendered, nil)
	case "timer":
		return v.timer(content)
	case "missing_media":
		return missingMedia(content)
	default:
		converted := notice("Unknown message type, please view it on the WhatsApp app")
		converted.Extra = map[string]any{"fi.mau.whatsapp.unsupported_message_data": "CgA="}
		return converted
	}
}

func undecryptable() *part {
	converted := notice("Decrypting message from WhatsApp failed, waiting for the sender to send it again")
	converted.Extra = map[string]any{"fi.mau.whatsapp.undecryptable": true}
	return converted
}

func (v converter) invite(content *wire.Content) *part {
	body := "You are invited to the WhatsApp group " + content.GroupName
	return message(&event.MessageEventContent{
		MsgType: event.MsgText, Body: body, Format: event.FormatHTML, FormattedBody: html.EscapeString(body),
	}, map[string]any{"fi.mau.whatsapp.invite": map[string]any{
		"jid":             "120363400000000001@g.us",
		"code":            content.Code,
		"expiration":      strconv.FormatInt(v.message.SentAt/1000+3*86_400, 10),
		"inviter":         v.message.From + "@s.whatsapp.net",
		"group_name":      content.GroupName,
		"is_parent_group": false,
	}})
}

func (v converter) business(content *wire.Content) *part {
	body := content.Text
	if len(content.Buttons) > 0 {
		body += "\n\n<" + strings.Join(content.Buttons, "> - <") + ">\n\nUse the WhatsApp app to click buttons"
	}
	extra := map[string]any{"fi.mau.whatsapp.business_message_type": content.Form}
	if content.Form == "template" {
		extra["fi.mau.whatsapp.hydrated_template_id"] = v.message.ID
	}
	return message(&event.MessageEventContent{MsgType: event.MsgText, Body: body}, extra)
}

func businessReply(content *wire.Content) *part {
	marks := map[string]map[string]any{
		"template":    {"fi.mau.whatsapp.template_button_reply": map[string]any{"id": content.ID, "index": 0}},
		"buttons":     {"fi.mau.whatsapp.buttons_response_message": map[string]any{"selected_button_id": content.ID}},
		"interactive": {"fi.mau.whatsapp.interactive_response_message": map[string]any{}},
		"list":        {"fi.mau.whatsapp.list_reply": map[string]any{"row_id": content.ID}},
	}
	return message(&event.MessageEventContent{MsgType: event.MsgText, Body: content.Text}, marks[content.Form])
}

func eventInvite(content *wire.Content) *part {
	formatted := fmt.Sprintf(`<strong>%s</strong><br>Starts at <time datetime="%s">%s</time>`,
		html.EscapeString(content.Name), content.StartsAt, content.StartsAt)
	return message(&event.MessageEventContent{
		MsgType: event.MsgText, Body: content.Name + "\n\nStarts at " + content.StartsAt,
		Format: event.FormatHTML, FormattedBody: formatted,
	}, nil)
}

func missingMedia(content *wire.Content) *part {
	converted := notice(fmt.Sprintf("Old %s. Use the WhatsApp app to download it.", content.MediaType))
	converted.Extra = map[string]any{"fi.mau.whatsapp.failed_media": map[string]any{
		"type":             "m.room.message",
		"content":          map[string]any{"msgtype": "m.notice"},
		"extra":            map[string]any{},
		"whatsapp_media":   map[string]any{"key": "AAAA"},
		"mentioned_jid":    []string{},
		"type_description": content.MediaType,
	}}
	return converted
}

// timer sets how long messages last in the room, and is the framework's own notice of it.
func (v converter) timer(content *wire.Content) *part {
	setting := database.DisappearingSetting{Timer: time.Duration(content.MS) * time.Millisecond}
	if content.MS > 0 {
		setting.Type = event.DisappearingTypeAfterSend
	}
	v.portal.UpdateDisappearingSetting(v.ctx, setting, bridgev2.UpdateDisappearingSettingOpts{
		Sender: v.intent, Timestamp: time.Unix(v.message.SentAt/1000, 0), Save: true,
	})
	return message(bridgev2.DisappearingMessageNotice(setting.Timer, false), map[string]any{"com.beeper.action_message": map[string]any{
		"type": "disappearing_timer", "timer": content.MS, "timer_type": setting.Type, "implicit": false,
	}})
}
