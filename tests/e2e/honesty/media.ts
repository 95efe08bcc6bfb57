import { at, path, stringAt, type Answer, type MatrixHttp } from '../matrix-http.ts'
import type { Section } from './script.ts'

const UPLOAD = '/_matrix/media/v3/upload'

function upload(client: MatrixHttp, bytes: string, type: string, name?: string): Promise<Answer> {
  const query = name === undefined ? {} : { filename: name }
  return client.call('POST', UPLOAD, { raw: bytes, headers: { 'content-type': type }, query })
}

function placeOf(uri: string): [server: string, id: string] {
  const [, server = '', id = ''] = /^mxc:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []
  return [server, id]
}

function got(answer: Answer): unknown {
  const header = (name: string) => answer.headers.get(name)
  const text = new TextDecoder().decode(answer.bytes)
  return answer.status === 200
    ? { status: 200, type: header('content-type'), disposition: header('content-disposition'), text, length: header('content-length') }
    : { status: answer.status, errcode: at(answer.body, 'errcode') }
}

/** Upload in one and in two steps, download with a token, what old paths and ranges do (protocol/homeserver.md 7). */
export const media: Section = {
  name: 'media',
  run: async ({ nobody, inbox, user, note, answer }) => {
    const ann = await user('inbox', 'crm_media')
    const ghost = await user('bridge', 'whatsapp_media')
    const config = await ann.get('/_matrix/client/v1/media/config')
    note('config', { status: config.status, type: typeof at(config.body, 'm.upload.size') })
    const sent = await answer('upload', upload(ann, 'hello', 'text/plain', 'привіт.txt'))
    const [server, id] = placeOf(stringAt(sent.body, 'content_uri'))
    const place = path`/_matrix/client/v1/media/download/${server}/${id}`
    note('download', got(await ghost.get(place)))
    note('download by the service', got(await inbox.get(place)))
    note('download under another name', got(await ann.get(path`/_matrix/client/v1/media/download/${server}/${id}/${'other.txt'}`)))
    note('a range is ignored', got(await ann.call('GET', place, { headers: { range: 'bytes=1-2' } })))
    note(
      'html is never inline',
      got(
        await ann.get(
          path`/_matrix/client/v1/media/download/${server}/${placeOf(stringAt((await upload(ann, '<b>', 'text/html')).body, 'content_uri'))[1]}`,
        ),
      ),
    )
    const picture = await ann.get(
      path`/_matrix/client/v1/media/download/${server}/${placeOf(stringAt((await upload(ann, 'x', 'image/png')).body, 'content_uri'))[1]}`,
    )
    note('a picture may be', picture.headers.get('content-disposition'))
    await answer('download without a token', nobody.get(place))
    await answer('download with a dead token', nobody.as({ token: 'nonsense' }).get(place))
    await answer('download of what is not there', ann.get(path`/_matrix/client/v1/media/download/${server}/nonsense`))
    await answer('the old path', ann.get(path`/_matrix/media/v3/download/${server}/${id}`))
    await answer('the old path without a token', nobody.get(path`/_matrix/media/v3/download/${server}/${id}`))
    await answer('upload without a token', upload(nobody, 'x', 'text/plain'))
    const bare = await ann.call('POST', UPLOAD, { raw: 'bytes' })
    note('upload without a type', bare.status)

    const made = await answer('create', ann.post('/_matrix/media/v1/create'))
    const [, later] = placeOf(stringAt(made.body, 'content_uri'))
    const slot = path`/_matrix/media/v3/upload/${server}/${later}`
    await answer('read before the upload', ann.get(path`/_matrix/client/v1/media/download/${server}/${later}`, { timeout_ms: 100 }))
    await answer("upload into another's slot", ghost.call('PUT', slot, { raw: 'theirs', headers: { 'content-type': 'text/plain' } }))
    await answer('upload into the slot', ann.call('PUT', slot, { raw: 'later', headers: { 'content-type': 'text/plain' } }))
    await answer('upload again', ann.call('PUT', slot, { raw: 'again', headers: { 'content-type': 'text/plain' } }))
    note('read after the upload', got(await ghost.get(path`/_matrix/client/v1/media/download/${server}/${later}`)))
    await answer('upload into a slot that is not there', ann.call('PUT', path`/_matrix/media/v3/upload/${server}/nonsense`, { raw: 'x' }))
    await answer("upload to another's server", ann.call('PUT', path`/_matrix/media/v3/upload/elsewhere.test/${later}`, { raw: 'x' }))
  },
}
