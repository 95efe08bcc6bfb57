package whatsapp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/bridgev2/status"

	"mistok.test/bridge/wire"
)

// The login steps, their ids and error codes are those of protocol/bridge.md 1.5, 1.6 and Appendix B.

const (
	stepPrefix = "fi.mau.whatsapp.login."
	flowQR     = "qr"
	flowPhone  = "phone"
)

func loginError(code, text string, statusCode int) bridgev2.RespError {
	return bridgev2.RespError{ErrCode: "FI.MAU.WHATSAPP." + code, Err: text, StatusCode: statusCode}
}

var (
	errTimeout          = loginError("LOGIN_TIMEOUT", "Entering code or scanning QR timed out. Please try again.", http.StatusBadRequest)
	errMultidevice      = loginError("MULTIDEVICE_NOT_ENABLED", "Please enable WhatsApp web multidevice and scan the QR code again.", http.StatusBadRequest)
	errOutdated         = loginError("CLIENT_OUTDATED", "Got client outdated error while waiting for QRs. The bridge must be updated to continue.", http.StatusInternalServerError)
	errPair             = loginError("PAIR_ERROR", "Pairing failed", http.StatusInternalServerError)
	errTooShort         = loginError("PHONE_NUMBER_TOO_SHORT", "Phone number too short", http.StatusBadRequest)
	errNotInternational = loginError("PHONE_NUMBER_NOT_INTERNATIONAL", "Phone number must be in international format", http.StatusBadRequest)
)

// GetLoginFlows lists both ways of linking.
func (c *Connector) GetLoginFlows() []bridgev2.LoginFlow {
	return []bridgev2.LoginFlow{
		{ID: flowQR, Name: "QR", Description: "Scan a QR code to pair the bridge to your WhatsApp account"},
		{ID: flowPhone, Name: "Pairing code", Description: "Input your phone number to get a pairing code, to pair the bridge to your WhatsApp account"},
	}
}

// CreateLogin begins a login. The flow is not checked: whatever is not `phone` is a QR login (protocol/bridge.md 1.5).
func (c *Connector) CreateLogin(_ context.Context, user *bridgev2.User, flow string) (bridgev2.LoginProcess, error) {
	return &login{main: c, user: user, byPhone: flow == flowPhone}, nil
}

type login struct {
	main     *Connector
	user     *bridgev2.User
	byPhone  bool
	pairing  *wire.Pairing
	shown    int
	override *bridgev2.UserLogin
}

var (
	_ bridgev2.LoginProcessDisplayAndWait = (*login)(nil)
	_ bridgev2.LoginProcessUserInput      = (*login)(nil)
	_ bridgev2.LoginProcessWithOverride   = (*login)(nil)
	_ bridgev2.LoginProcessWebAuthn       = (*login)(nil)
)

// StartWithOverride renews a login: its number is known already (protocol/bridge.md 1.7).
func (l *login) StartWithOverride(ctx context.Context, override *bridgev2.UserLogin) (*bridgev2.LoginStep, error) {
	l.override = override
	step, err := l.Start(ctx)
	if err != nil || step.StepID != stepPrefix+"phone" {
		return step, err
	}
	return l.SubmitUserInput(ctx, map[string]string{"phone_number": "+" + string(override.ID)})
}

// Start shows the first QR, or asks for the number.
func (l *login) Start(ctx context.Context) (*bridgev2.LoginStep, error) {
	if l.byPhone {
		return &bridgev2.LoginStep{
			Type:   bridgev2.LoginStepTypeUserInput,
			StepID: stepPrefix + "phone",
			UserInputParams: &bridgev2.LoginUserInputParams{Fields: []bridgev2.LoginInputDataField{{
				Type:        bridgev2.LoginInputFieldTypePhoneNumber,
				ID:          "phone_number",
				Name:        "Phone number",
				Description: "Your WhatsApp phone number in international format",
			}}},
		}, nil
	}
	var err error
	if l.pairing, err = l.main.Wire.StartPairing(ctx, ""); err != nil {
		return nil, err
	}
	return l.qrStep(), nil
}

func (l *login) qrStep() *bridgev2.LoginStep {
	return &bridgev2.LoginStep{
		Type:                 bridgev2.LoginStepTypeDisplayAndWait,
		StepID:               stepPrefix + "qr",
		Instructions:         "Scan the QR code with the WhatsApp mobile app to log in",
		DisplayAndWaitParams: &bridgev2.LoginDisplayAndWaitParams{Type: bridgev2.LoginDisplayTypeQR, Data: l.pairing.Codes[l.shown]},
	}
}

// SubmitUserInput takes the number and shows the code of eight characters.
func (l *login) SubmitUserInput(ctx context.Context, input map[string]string) (*bridgev2.LoginStep, error) {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, input["phone_number"])
	switch {
	case len(digits) <= 6:
		return nil, errTooShort
	case strings.HasPrefix(digits, "0"):
		return nil, errNotInternational
	}
	var err error
	if l.pairing, err = l.main.Wire.StartPairing(ctx, digits); err != nil {
		return nil, err
	}
	return &bridgev2.LoginStep{
		Type:                 bridgev2.LoginStepTypeDisplayAndWait,
		StepID:               stepPrefix + "code",
		Instructions:         "Input the pairing code in the WhatsApp mobile app to log in",
		DisplayAndWaitParams: &bridgev2.LoginDisplayAndWaitParams{Type: bridgev2.LoginDisplayTypeCode, Data: l.pairing.Codes[0]},
	}, nil
}

// Wait blocks until the next QR or what WhatsApp says of the pairing; a code does not change.
func (l *login) Wait(ctx context.Context) (*bridgev2.LoginStep, error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	said := make(chan *wire.PairResult, 1)
	failed := make(chan error, 1)
	go func() {
		result, err := l.main.Wire.Result(waiting, l.pairing.ID)
		if err != nil {
			failed <- err
			return
		}
		said <- result
	}()
	next, err := l.nextQR(waiting)
	if err != nil {
		return nil, err
	}
	select {
	case <-next:
		l.shown++
		return l.qrStep(), nil
	case result := <-said:
		return l.finish(ctx, result)
	case err = <-failed:
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
}

// nextQR fires when the next QR is due; never for a code and after the last QR.
func (l *login) nextQR(ctx context.Context) (<-chan time.Time, error) {
	if len(l.pairing.Codes) == 1 {
		return nil, nil
	}
	place, err := l.main.Wire.Place(ctx, l.pairing.ID)
	if err != nil || place.Index == nil {
		return nil, err
	}
	if *place.Index > l.shown {
		l.shown = *place.Index - 1
		return time.After(0), nil
	}
	if l.shown == len(l.pairing.Codes)-1 {
		return nil, nil
	}
	return time.After(time.Duration(place.LeftMS * float64(time.Millisecond))), nil
}

func (l *login) finish(ctx context.Context, result *wire.PairResult) (*bridgev2.LoginStep, error) {
	switch string(result.OK) {
	case `true`:
		return l.complete(ctx, result)
	case `"passkey"`:
		return &bridgev2.LoginStep{
			Type:         bridgev2.LoginStepTypeWebAuthn,
			StepID:       stepPrefix + "passkey",
			Instructions: "Use the passkey of your WhatsApp account",
			WebAuthnParams: &bridgev2.LoginWebAuthnParams{
				URL:       "https://web.whatsapp.com",
				PublicKey: json.RawMessage(`{"challenge":"AAAAAAAAAAAAAAAAAAAAAA","timeout":60000,"rpId":"whatsapp.com","userVerification":"required","allowCredentials":[]}`),
			},
		}, nil
	}
	switch result.Code {
	case "multidevice_not_enabled":
		return nil, errMultidevice
	case "client_outdated":
		return nil, errOutdated
	case "pair_error":
		return nil, errPair
	default:
		return nil, errTimeout
	}
}

// SubmitWebAuthnResponse passes on what the browser said to the demand for a passkey.
func (l *login) SubmitWebAuthnResponse(ctx context.Context, response json.RawMessage) (*bridgev2.LoginStep, error) {
	var credential struct {
		ID string `json:"id"`
	}
	good := json.Unmarshal(response, &credential) == nil && credential.ID != ""
	if err := l.main.Wire.AnswerPasskey(ctx, l.pairing.ID, good); err != nil {
		return nil, err
	}
	return l.Wait(ctx)
}

// complete keeps the linked device as the login of its number; whoever had the number loses it (protocol/bridge.md 1.7).
func (l *login) complete(ctx context.Context, result *wire.PairResult) (*bridgev2.LoginStep, error) {
	id := networkid.UserLoginID(result.Phone)
	me, err := l.main.Wire.Person(ctx, result.Phone, result.Phone)
	if err != nil {
		return nil, err
	}
	if before, _ := l.main.bridge.GetExistingUserLoginByID(ctx, id); before != nil {
		before.Client.Disconnect()
		if device := before.Metadata.(*LoginMeta).Device; device != "" {
			_ = l.main.Wire.Unlink(ctx, device, "replaced")
		}
	}
	made, err := l.user.NewLogin(ctx, &database.UserLogin{
		ID:            id,
		RemoteName:    "+" + result.Phone,
		RemoteProfile: status.RemoteProfile{Phone: "+" + result.Phone, Name: me.Name},
		Metadata:      &LoginMeta{Device: result.Device},
	}, &bridgev2.NewLoginParams{DeleteOnConflict: true})
	if err != nil {
		return nil, err
	}
	made.Client.Connect(made.Log.WithContext(context.Background()))
	return &bridgev2.LoginStep{
		Type:           bridgev2.LoginStepTypeComplete,
		StepID:         stepPrefix + "complete",
		Instructions:   fmt.Sprintf("Successfully logged in as %s", made.RemoteName),
		CompleteParams: &bridgev2.LoginCompleteParams{UserLoginID: made.ID, UserLogin: made},
	}, nil
}

// Cancel frees the pairing.
func (l *login) Cancel() {
	if l.pairing != nil {
		_ = l.main.Wire.CancelPairing(context.Background(), l.pairing.ID)
	}
}
