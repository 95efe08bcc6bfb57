// Who may import whom. One line a room; everything not named is forbidden. A room is a folder, or a file with its tests.
// Tests, and what stands in a folder `fixtures` beside them, may besides use tests/support/.
const rooms = {
  'contract/': [],
  'server/lib/': ['contract/'],
  'server/config.ts': ['contract/', 'server/lib/'],
  'server/db/': ['contract/', 'server/lib/'],
  'server/providers/': ['contract/', 'server/lib/'],
  'server/inbox/': [
    'contract/',
    'server/lib/',
    'server/db/',
    'server/providers/provider.ts',
    'server/providers/matrix-setup.ts',
    'server/providers/cloud-setup.ts',
  ],
  'server/http/': ['contract/', 'server/lib/', 'server/db/', 'server/inbox/', 'server/providers/provider.ts'],
  'server/create-*.ts': ['contract/', 'server/'],
  'server/open-*.ts': ['contract/', 'server/'],
  'server/app.ts': ['contract/', 'server/'],
  'server/main.ts': ['contract/', 'server/'],
  'web/ui/': [],
  'web/data/': ['contract/'],
  'web/': ['contract/'],
  'sandbox/': [],
  'cli/': ['contract/', 'server/', 'sandbox/'],
  'tests/': ['contract/', 'server/', 'sandbox/', 'cli/', 'web/', 'scripts/'],
  'scripts/': ['contract/', 'server/', 'sandbox/', 'cli/', 'tests/'],
}

// swc reads `using` but its visitor, by which the cruiser walks what swc read, does not know it yet.
const { Visitor } = require('@swc/core/Visitor.js')
const { visitStatement } = Visitor.prototype
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement)
  return { ...statement, decls: this.visitVariableDeclarators(statement.decls) }
}

const ours = '^(?!node_modules/)[\\w-]+/.*\\.(m?[jt]sx?|cjs)$'
const tests = '\\.test\\.tsx?$|/fixtures/'
const inside = (room) => (room.endsWith('/') ? `^${room}` : `^${room.replace('*', '[a-z-]+').replace(/\.ts$/, '(\\.test)?\\.ts')}$`)
const ruleOf = ([room, allowed]) => ({
  name: `${room} imports only ${allowed.join(' ') || 'itself'}`,
  severity: 'error',
  from: { path: inside(room) },
  to: { path: ours, pathNot: [room, ...allowed, 'tests/support/'].map(inside) },
})

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(ruleOf),
    {
      name: 'every file is in a room',
      severity: 'error',
      from: { path: ours, pathNot: Object.keys(rooms).map(inside) },
      to: {},
    },
    {
      name: 'every imported file is in a room',
      severity: 'error',
      from: {},
      to: { path: ours, pathNot: Object.keys(rooms).map(inside) },
    },
    {
      name: 'only tests use tests/',
      severity: 'error',
      from: { pathNot: [tests, '^tests/', '^scripts/'] },
      to: { path: '^tests/' },
    },
    {
      name: 'providers do not know each other',
      severity: 'error',
      from: { path: '^server/providers/([^/]+)/' },
      to: { path: '^server/providers/[^/]+/', pathNot: '^server/providers/$1/' },
    },
    {
      name: 'contract/ imports typebox and no other package',
      severity: 'error',
      from: { path: '^contract/', pathNot: tests },
      to: { path: ['(^|/)node_modules/', '^node:'], pathNot: '(^|/)node_modules/typebox/' },
    },
    {
      name: 'contract/ and web/ run without Node',
      severity: 'error',
      from: { path: '^(contract|web)/', pathNot: [tests, '^web/vite\\.config\\.ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'web/ takes values only from the parts of contract/ that need no typebox',
      severity: 'error',
      from: { path: '^web/' },
      to: {
        path: '^contract/',
        pathNot: '^contract/(routes|delivery|fill-template|fill-canned-reply|check-in)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'run-time code uses no dev dependency',
      severity: 'error',
      from: { path: '^(contract|server|sandbox|cli)/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'every import is found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.cache|data|scripts/fixtures)/' },
  },
}
