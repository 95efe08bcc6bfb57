import { path } from '../matrix-http.ts'
import type { Section } from './script.ts'

/** What a homeserver says to requests that are wrong in themselves. */
export const faultyRequests: Section = {
  name: 'faulty-requests',
  run: async ({ inbox, nobody, user, room, answer }) => {
    const ann = await user('inbox', 'crm_faulty')
    const id = await room(ann)
    await answer('unknown path', ann.get('/_matrix/client/v3/nonsense'))
    await answer('unknown path without a token', nobody.get('/_matrix/client/v3/nonsense'))
    await answer('unknown path outside the API', ann.get('/_matrix/nonsense'))
    await answer('unknown admin path', ann.get('/_synapse/admin/v1/nonsense'))
    await answer('wrong method', ann.call('PATCH', '/_matrix/client/v3/sync'))
    await answer('wrong method on login', nobody.delete('/_matrix/client/v3/login'))
    await answer('wrong method on a room', ann.post(path`/_matrix/client/v3/rooms/${id}/joined_members`))
    await answer('login, not JSON', nobody.call('POST', '/_matrix/client/v3/login', { raw: 'nonsense' }))
    await answer('login, a JSON list', nobody.call('POST', '/_matrix/client/v3/login', { raw: '[]' }))
    await answer('login, no body', nobody.call('POST', '/_matrix/client/v3/login'))
    await answer('login, empty object', nobody.post('/_matrix/client/v3/login', {}))
    await answer('register, not JSON', inbox.call('POST', '/_matrix/client/v3/register', { raw: '{' }))
    await answer('createRoom, not JSON', ann.call('POST', '/_matrix/client/v3/createRoom', { raw: '{' }))
    await answer('createRoom, wrong preset', ann.post('/_matrix/client/v3/createRoom', { preset: 'nonsense' }))
    await answer('createRoom, invite is no list', ann.post('/_matrix/client/v3/createRoom', { invite: 'x' }))
    await answer('join without a body', ann.call('POST', path`/_matrix/client/v3/join/${id}`))
    await answer('join, not JSON', ann.call('POST', path`/_matrix/client/v3/join/${id}`, { raw: '{' }))
    await answer('receipt without a body', ann.call('POST', path`/_matrix/client/v3/rooms/${id}/receipt/m.read/${'$' + 'x'.repeat(43)}`))
    await answer('invite without user_id', ann.post(path`/_matrix/client/v3/rooms/${id}/invite`, {}))
    await answer('messages, wrong dir', ann.get(path`/_matrix/client/v3/rooms/${id}/messages?dir=x`))
    await answer('messages, wrong from', ann.get(path`/_matrix/client/v3/rooms/${id}/messages?dir=b&from=nonsense`))
    await answer('sync, wrong timeout', ann.get('/_matrix/client/v3/sync?timeout=soon'))
    await answer(
      'a scheme that is not Bearer',
      nobody.call('GET', '/_matrix/client/v3/account/whoami', { headers: { authorization: 'Basic eDp5' } }),
    )
    await answer(
      'as_token in the query',
      nobody.get('/_matrix/client/v3/account/whoami', { access_token: 'as-inbox', user_id: ann.userId }),
    )
  },
}
