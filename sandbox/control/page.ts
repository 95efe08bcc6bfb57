import type { FastifyInstance } from 'fastify'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'page')

const policy = "default-src 'self'; img-src 'self' blob: data:; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

/** Mounts the page on which a person holds the phones. */
export function pageRoutes(app: FastifyInstance): void {
  const file = (url: string, name: string, type: string) =>
    app.get(url, async (_request, reply) => {
      reply.header('content-security-policy', policy).header('cache-control', 'no-cache').type(type)
      return readFile(join(folder, name), 'utf8')
    })
  file('/', 'index.html', 'text/html; charset=utf-8')
  file('/page.js', 'page.js', 'text/javascript; charset=utf-8')
}
