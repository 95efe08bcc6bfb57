import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance } from 'fastify'
import { namedSchemas } from '../../contract/api.ts'
import { type RouteName, routes } from '../../contract/routes.ts'
import { tags } from './describe.ts'
import { routeOf } from './register.ts'

/** Makes OpenAPI 3.1 out of the schemas that validate; before any route is added. Named schemas keep their names. */
export async function addOpenApi(app: FastifyInstance): Promise<void> {
  for (const schema of namedSchemas) app.addSchema(schema)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Mistok',
        version: '1',
        description:
          'One WhatsApp inbox and one API over both roads to WhatsApp. Times are RFC 3339 in UTC. Lists are `{items, next_cursor, has_more}`. ' +
          'Failures are `application/problem+json` with a `code` of a closed list. Ignore answer fields that you do not know; request fields that we do not know are refused.',
      },
      tags: tags.map((name) => ({ name })),
      components: {
        securitySchemes: {
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'mistok_session',
            description: 'A person who signed in. Writes need an `Origin` of ours.',
          },
          key: { type: 'http', scheme: 'bearer', description: 'An API key, `mk_…`. Each call names the scope that the key needs.' },
        },
      },
    },
    transform: ({ schema, url, route }) => ({
      schema: route.config?.operation === 'uploadMedia' ? { ...schema, body: upload } : schema,
      url,
    }),
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) => (typeof json.$id === 'string' ? json.$id : `schema-${index}`),
    },
  })
}

/** Told, not validated: the body of an upload is read as it comes. */
const upload = {
  type: 'object',
  description: 'A file as multipart/form-data, or its address as application/json.',
  properties: { file: { type: 'string', format: 'binary' }, url: { type: 'string', format: 'uri', maxLength: 2048 } },
}

/** Serves the document at `/api/openapi.json` and a page to read it at `/api/docs`. */
export async function addDocs(app: FastifyInstance): Promise<void> {
  app.get('/api/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('cache-control', 'no-cache').send(app.swagger()),
  )
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    uiConfig: { layout: 'BaseLayout' },
    theme: { title: 'Mistok: the API' },
    staticCSP:
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  })
}

/** The document alone, for the file that is kept beside the code. */
export async function openApiDocument(): Promise<object> {
  const app = Fastify()
  await addOpenApi(app)
  for (const name of Object.keys(routes) as RouteName[]) app.route({ ...routeOf(name), handler: async () => undefined })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}
