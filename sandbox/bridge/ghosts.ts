import type { MediaStore } from '../phone/media.ts'
import { phoneOf, type Network } from '../phone/network.ts'
import type { Media } from '../phone/types.ts'
import { MatrixError, path, type Homeserver } from './homeserver.ts'
import type { Ids } from './ids.ts'
import type { BridgeConfig } from './options.ts'
import type { ServerFeatures } from './server-features.ts'
import type { Store } from './store.ts'

/** The Matrix users that stand for WhatsApp people. */
export type Ghosts = {
  /** Registers the ghost of a phone with its name and profile, or brings them up to date; gives its user id. `from` is whose address book counts. */
  ensure: (phone: string, from?: string) => Promise<string>
  displayName: (phone: string, from?: string) => string
  ensureBot: () => Promise<void>
}

/** Gives a ghost this picture, or none. */
async function setAvatar({ homeserver, media }: { homeserver: Homeserver; media: MediaStore }, mxid: string, avatar: Media | undefined) {
  const bytes = avatar === undefined ? undefined : media.get(avatar.sha256)
  const url = bytes === undefined ? '' : await homeserver.upload(bytes, avatar?.mime_type ?? 'image/jpeg', 'avatar.jpg', mxid)
  await homeserver.call('PUT', path`/_matrix/client/v3/profile/${mxid}/avatar_url`, { as: mxid, body: { avatar_url: url } })
}

/** Builds ghosts by the templates of protocol/bridge.md 12.4: `Name [+380…]`, hidden ids as user ids, phone numbers in the profile. */
export function createGhosts(deps: {
  config: BridgeConfig
  network: Network
  homeserver: Homeserver
  features: ServerFeatures
  ids: Ids
  store: Store
  media: MediaStore
}): Ghosts {
  const { config, network, homeserver, features, ids, store, media } = deps
  const registered = new Set<string>()
  const working = new Map<string, Promise<string>>()

  function displayName(phone: string, from?: string): string {
    const person = phoneOf(network, phone)
    const full = from === undefined ? undefined : phoneOf(network, from).contacts[phone]
    const shown = person.phone_hidden ? undefined : `+${phone}`
    const redacted = `+${phone.slice(0, 3)}∙∙∙∙∙∙∙${phone.slice(-2)}`
    return `${full ?? person.name ?? shown ?? redacted}${shown === undefined ? '' : ` [${shown}]`}`
  }

  async function register(localpart: string) {
    if (registered.has(localpart)) return
    const body = { type: 'm.login.application_service', username: localpart, inhibit_login: true }
    try {
      await homeserver.call('POST', '/_matrix/client/v3/register', { body })
    } catch (error) {
      if (!(error instanceof MatrixError) || error.errcode !== 'M_USER_IN_USE') throw error
    }
    registered.add(localpart)
  }

  async function setProfile(mxid: string, phone: string, tel: string) {
    const base = await features.profiles()
    if (base === undefined) return
    const extra = {
      'com.beeper.bridge.identifiers': tel === '' ? [] : [tel],
      'com.beeper.bridge.remote_id': ids.ghostId(phone),
      'com.beeper.bridge.service': 'whatsapp',
      'com.beeper.bridge.network': 'whatsapp',
      'com.beeper.bridge.is_network_bot': false,
    }
    for (const [key, value] of Object.entries(extra)) {
      await homeserver.call('PUT', `${base}/${encodeURIComponent(mxid)}/${encodeURIComponent(key)}`, { as: mxid, body: { [key]: value } })
    }
  }

  async function update(phone: string, from?: string): Promise<string> {
    const id = ids.ghostId(phone)
    const mxid = ids.ghostMxid(phone)
    const person = phoneOf(network, phone)
    const known = store.ghosts.get(id)
    const name = displayName(phone, from)
    const tel = person.phone_hidden ? '' : `tel:+${phone}`
    if (known === undefined) await register(`whatsapp_${id}`)
    if (known?.name !== name)
      await homeserver.call('PUT', path`/_matrix/client/v3/profile/${mxid}/displayname`, { as: mxid, body: { displayname: name } })
    if (known?.tel !== tel) await setProfile(mxid, phone, tel)
    const avatar = person.avatar?.sha256
    if (known?.avatar !== avatar) await setAvatar({ homeserver, media }, mxid, person.avatar)
    if (known?.name !== name || known.tel !== tel || known.avatar !== avatar)
      store.commit({ t: 'ghost', id, name, tel, ...(avatar === undefined ? {} : { avatar }) })
    return mxid
  }

  return {
    displayName,
    ensure(phone, from) {
      const next = (working.get(phone) ?? Promise.resolve('')).catch(() => '').then(() => update(phone, from))
      working.set(phone, next)
      return next
    },
    async ensureBot() {
      await register(config.botUsername)
      const profile = path`/_matrix/client/v3/profile/${config.bot}/displayname`
      await homeserver.call('PUT', profile, { as: config.bot, body: { displayname: 'WhatsApp bridge bot' } })
    },
  }
}
