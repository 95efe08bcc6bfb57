import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pagePolicy } from './headers.ts'

/** The built web page, as files in memory: only names that were built are answered. */
export interface WebPage {
  /** Answers with a file of the page, or the page itself for one of its addresses; false when this is no address of the page. */
  serve(request: FastifyRequest, reply: FastifyReply): boolean
}

interface PageFile {
  readonly body: Buffer
  readonly type: string
  readonly etag: string
  /** Its name changes with its content. */
  readonly isHashed: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
const notBuilt = 'The page has not been built. Run: npm run build\n'

/** Reads what Vite has built in `root`; looks again until there is something. */
export function openWebPage(root: string): WebPage {
  let files: ReadonlyMap<string, PageFile> = readFiles(root)

  return {
    serve(request, reply) {
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const path = request.url.split('?', 1)[0] ?? ''
      if (!isRead || /^\/(api|_matrix|health|metrics)(\/|$)/.test(path)) return false
      if (files.size === 0) files = readFiles(root)
      const file = files.get(path) ?? (wantsPage(request) ? files.get('/index.html') : undefined)
      if (file !== undefined) send(request, reply, file)
      else if (files.size === 0 && wantsPage(request)) reply.code(503).type('text/plain; charset=utf-8').send(notBuilt)
      else return false
      return true
    },
  }
}

function wantsPage(request: FastifyRequest): boolean {
  return /text\/html|\*\/\*/.test(request.headers.accept ?? '*/*') && extname(request.url.split('?', 1)[0] ?? '') === ''
}

function send(request: FastifyRequest, reply: FastifyReply, file: PageFile): void {
  reply.headers({
    'content-security-policy': pagePolicy,
    'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
  })
  if (request.headers['if-none-match'] === file.etag) reply.code(304).send()
  else reply.code(200).type(file.type).send(file.body)
}

function readFiles(root: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(join(root, 'index.html'))) return new Map()
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const name = `/${relative(root, path).split(sep).join('/')}`
      const body = readFileSync(path)
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
      return [name, { body, type: types[extname(name)] ?? 'application/octet-stream', etag, isHashed: name.startsWith('/assets/') }]
    }),
  )
}
