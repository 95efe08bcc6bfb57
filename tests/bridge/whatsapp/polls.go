package whatsapp

import (
	"context"
	"slices"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"mistok.test/bridge/wire"
)

// HandleMatrixPollStart sends a poll: 1 to 12 different options of at most 100 characters (protocol/bridge.md 5.2).
func (c *Client) HandleMatrixPollStart(ctx context.Context, msg *bridgev2.MatrixPollStart) (*bridgev2.MatrixMessageResponse, error) {
	start := msg.Content.PollStart
	content := wire.Content{Type: "poll", Question: start.Question.Text, Selectable: start.MaxSelections}
	answers := map[string]string{}
	for _, answer := range start.Answers {
		if answer.Text == "" || len(answer.Text) > 100 || slices.Contains(content.Options, answer.Text) {
			return nil, unsupported("poll options must differ and be short")
		}
		content.Options = append(content.Options, answer.Text)
		answers[answer.Text] = answer.ID
	}
	if len(content.Options) == 0 || len(content.Options) > 12 {
		return nil, unsupported("a poll has 1 to 12 options")
	}
	if content.Selectable >= len(content.Options) {
		content.Selectable = 0
	}
	message, id, err := c.send(ctx, msg.Portal, msg.Event, content, "")
	if err != nil {
		return nil, err
	}
	return c.sent(message, id, answers), nil
}

// HandleMatrixPollVote votes; the ids of the answers are those that the poll was made with.
func (c *Client) HandleMatrixPollVote(ctx context.Context, msg *bridgev2.MatrixPollVote) (*bridgev2.MatrixMessageResponse, error) {
	target := stanzaOf(msg.VoteTo.ID)
	asked, err := c.wire.Message(ctx, target)
	if err != nil {
		return nil, err
	}
	made := msg.VoteTo.Metadata.(*MessageMeta).Answers
	content := wire.Content{Type: "poll_vote", Target: target, Options: []string{}}
	for _, option := range asked.Content.Options {
		id, ok := made[option]
		if !ok {
			id = optionID(option)
		}
		if slices.Contains(msg.Content.Response.Answers, id) {
			content.Options = append(content.Options, option)
		}
	}
	message, id, err := c.send(ctx, msg.Portal, msg.Event, content, "")
	if err != nil {
		return nil, err
	}
	return c.sent(message, id, nil), nil
}

// vote is a vote on a poll that the bridge knows; one that it does not know is not bridged (protocol/bridge.md 5.1).
func (v converter) vote(content *wire.Content) (*part, error) {
	target, asked, err := v.idOf(v.ctx, string(v.portal.ID), content.Target)
	if err != nil {
		return nil, err
	}
	known, err := v.main.bridge.DB.Message.GetFirstPartByID(v.ctx, v.portal.Receiver, target)
	if err != nil {
		return nil, err
	} else if known == nil {
		return nil, bridgev2.ErrIgnoringRemoteEvent
	}
	made := known.Metadata.(*MessageMeta).Answers
	answers := []string{}
	for _, option := range content.Options {
		id, ok := made[option]
		if !ok && slices.Contains(asked.Content.Options, option) {
			id = optionID(option)
		}
		answers = append(answers, id)
	}
	return &part{
		Type:    event.EventUnstablePollResponse,
		Content: &event.MessageEventContent{RelatesTo: &event.RelatesTo{Type: event.RelReference, EventID: known.MXID}},
		Extra:   map[string]any{"org.matrix.msc3381.poll.response": map[string]any{"answers": answers}},
	}, nil
}
