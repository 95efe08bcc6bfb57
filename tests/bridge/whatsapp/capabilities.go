package whatsapp

import (
	"context"
	"time"

	"go.mau.fi/util/jsontime"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
)

const (
	maxFile = 2000 * 1024 * 1024
	maxText = 65536
	full    = event.CapLevelFullySupported
	partly  = event.CapLevelPartialSupport
	dropped = event.CapLevelDropped
	refused = event.CapLevelRejected
)

type mimeTypes = map[string]event.CapabilitySupportLevel

func milliseconds(values ...int64) (list []jsontime.Milliseconds) {
	for _, value := range values {
		list = append(list, jsontime.MS(time.Duration(value)*time.Millisecond))
	}
	return list
}

func file(caption event.CapabilitySupportLevel, types mimeTypes) *event.FileFeatures {
	features := &event.FileFeatures{MimeTypes: types, Caption: caption, MaxSize: maxFile}
	if caption == full {
		features.MaxCaptionLength = maxText
	}
	return features
}

// features is com.beeper.room_features without ffmpeg (protocol/bridge.md 4.2, 5.2); the framework refuses by it what it says is refused.
var features = &event.RoomFeatures{
	ID: "fi.mau.whatsapp.capabilities.2026_07_22",
	Formatting: event.FormattingFeatureMap{
		event.FmtBold: full, event.FmtItalic: full, event.FmtStrikethrough: full, event.FmtInlineCode: full, event.FmtCodeBlock: full,
		event.FmtUserLink: full, event.FmtUnorderedList: full, event.FmtOrderedList: full, event.FmtListStart: full,
		event.FmtBlockquote: full, event.FmtInlineLink: partly, event.FmtHeaders: partly,
	},
	File: event.FileFeatureMap{
		event.MsgImage:      file(full, mimeTypes{"image/jpeg": full, "image/png": partly, "image/webp": partly, "image/gif": refused}),
		event.MsgAudio:      file(dropped, mimeTypes{"audio/mpeg": full, "audio/mp4": full, "audio/ogg": full, "audio/aac": full, "audio/amr": full}),
		event.CapMsgVoice:   file(dropped, mimeTypes{"audio/ogg; codecs=opus": full, "audio/ogg": event.CapLevelUnsupported}),
		event.CapMsgSticker: file(dropped, mimeTypes{"image/webp": full, "image/png": partly, "image/jpeg": partly, "video/lottie+json": partly}),
		event.CapMsgGIF:     file(full, mimeTypes{"video/mp4": full, "image/gif": refused}),
		event.MsgVideo:      file(full, mimeTypes{"video/mp4": full, "video/3gpp": full, "video/webm": refused, "video/quicktime": refused}),
		event.MsgFile:       file(full, mimeTypes{"*/*": full}),
	},
	State: event.StateFeatureMap{
		event.StateRoomName.Type:                {Level: full},
		event.StateRoomAvatar.Type:              {Level: full},
		event.StateTopic.Type:                   {Level: full},
		event.StateBeeperDisappearingTimer.Type: {Level: full},
	},
	MemberActions: event.MemberFeatureMap{
		event.MemberActionInvite: full, event.MemberActionKick: full, event.MemberActionLeave: full,
	},
	MaxTextLength:       maxText,
	LocationMessage:     full,
	Poll:                full,
	Reply:               full,
	Edit:                full,
	EditMaxAge:          seconds(15 * time.Minute),
	Delete:              full,
	DeleteMaxAge:        seconds(48 * time.Hour),
	DisappearingTimer:   timers,
	Reaction:            full,
	ReactionCount:       1,
	ReadReceipts:        true,
	TypingNotifications: true,
	DeleteChat:          true,
}

func seconds(duration time.Duration) *jsontime.Seconds {
	value := jsontime.S(duration)
	return &value
}

var directFeatures = func() *event.RoomFeatures {
	direct := *features
	direct.ID += "+dm"
	direct.State = event.StateFeatureMap{event.StateBeeperDisappearingTimer.Type: {Level: full}}
	direct.MemberActions = nil
	return &direct
}()

// GetCapabilities says what may be sent in a room.
func (c *Client) GetCapabilities(_ context.Context, portal *bridgev2.Portal) *event.RoomFeatures {
	if isGroup(portal.ID) {
		return features
	}
	return directFeatures
}
