import Type from 'typebox'
import type { ApiKeyId, SessionId } from './ids.ts'
import { id, page, PageQuery, ref, strict } from './schema.ts'
import {
  AcceptInviteInput,
  ApiKey,
  ApiKeyInput,
  Invite,
  InviteLook,
  LoginInput,
  Session,
  SetupInput,
  User,
  UserInput,
  UserPatch,
} from './user.ts'

/** A person in a path: an id, `me`, or `ext:<the CRM's own id>`. */
export const user = strict({ user_id: Type.String({ minLength: 1, maxLength: 140, pattern: '^(me|usr_[0-9a-z]+|ext:.+)$' }) })
const done = { 204: Type.Null() }

/** The calls about who works here: the first admin, signing in, people, and the keys of integrators. */
export const peopleOperations = {
  getSetup: {
    summary: 'Whether the first admin is still to be made',
    access: 'public',
    response: { 200: Type.Object({ needed: Type.Boolean() }) },
  },
  setup: { summary: 'Make the first admin, once', access: 'public', body: SetupInput, response: { 201: ref(User) } },
  login: { summary: 'Sign in', access: 'public', body: LoginInput, response: { 200: ref(User) } },
  logout: { summary: 'Sign out', access: 'user', response: done },
  getMe: { summary: 'Who is signed in', access: 'user', response: { 200: ref(User) } },

  listSessions: {
    summary: 'Where one is signed in, the last used first',
    access: 'user',
    response: { 200: Type.Object({ items: Type.Array(ref(Session)) }) },
  },
  endSession: {
    summary: 'End one of one’s own sessions',
    access: 'user',
    params: strict({ session_id: id<SessionId>('ses_') }),
    response: done,
  },
  endOtherSessions: { summary: 'End all of one’s own sessions but this one', access: 'user', response: done },

  listUsers: { summary: 'People', access: 'user', query: strict(PageQuery), response: { 200: page(ref(User)) } },
  createUser: { summary: 'Add a person', access: 'admin', body: UserInput, response: { 201: ref(User) } },
  getUser: { summary: 'One person', access: 'user', params: user, response: { 200: ref(User) } },
  updateUser: { summary: 'Change or deactivate a person', access: 'admin', params: user, body: UserPatch, response: { 200: ref(User) } },
  createInvite: {
    summary: 'Make a one-time link by which a person chooses a password, the first or a new one; the link before ends',
    access: 'admin',
    params: user,
    response: { 201: Invite },
  },
  lookAtInvite: {
    summary: 'Whose link this is',
    access: 'public',
    body: InviteLook,
    response: { 200: Type.Object({ email: Type.String(), name: Type.String() }) },
  },
  acceptInvite: {
    summary: 'Choose a password by a link, and sign in',
    access: 'public',
    body: AcceptInviteInput,
    response: { 200: ref(User) },
  },
  endUserSessions: { summary: 'End all sessions of a person', access: 'admin', params: user, response: done },

  listApiKeys: { summary: 'API keys', access: 'admin', query: strict(PageQuery), response: { 200: page(ref(ApiKey)) } },
  createApiKey: { summary: 'Make an API key; it is shown once', access: 'admin', body: ApiKeyInput, response: { 201: ref(ApiKey) } },
  revokeApiKey: { summary: 'Revoke an API key', access: 'admin', params: strict({ api_key_id: id<ApiKeyId>('key_') }), response: done },
} as const
