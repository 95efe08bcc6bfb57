import Type from 'typebox'
import { DeadLetter, figures, Health, OperationsSample } from './health.ts'
import { oneOf, page, PageQuery, ref, strict, Time } from './schema.ts'

/** The calls of operators, and of what watches the server for them. */
export const operatorOperations = {
  getOperations: {
    summary: 'What an operator looks at: queues, lag, dead letters',
    access: 'admin',
    response: {
      200: Type.Object({
        ...figures,
        degraded: Type.Array(Type.Object({ road: oneOf(['classical', 'matrix']), since: Time, detail: Type.String() })),
        warnings: Type.Array(Type.String()),
        started_at: Time,
      }),
    },
  },
  listOperationsHistory: {
    summary: 'The same figures over the last 24 hours, the earliest first: the worst of each quarter of an hour',
    access: 'admin',
    response: { 200: Type.Object({ items: Type.Array(ref(OperationsSample)) }) },
  },
  getHealth: { summary: 'How everything is, at one look', access: 'admin', scope: 'settings', response: { 200: ref(Health) } },
  listDeadLetters: {
    summary: 'What could not be read or stored, the latest first: what kind it was and why',
    access: 'admin',
    query: strict(PageQuery),
    response: { 200: page(ref(DeadLetter)) },
  },
  redriveDeadLetter: {
    summary: 'Try one of them again; it stays where it fails again',
    access: 'admin',
    params: strict({ dead_letter_id: Type.String({ pattern: '^[0-9]{1,18}$', examples: ['1'] }) }),
    response: { 200: Type.Object({ redriven: Type.Boolean() }) },
  },
  redriveDeadLetters: {
    summary: 'Try again what could not be stored, and read again what was not understood: a message becomes what it is now understood as',
    access: 'admin',
    response: { 200: Type.Object({ redriven: Type.Integer(), left: Type.Integer(), reread: Type.Integer() }) },
  },
  getMetrics: {
    summary: 'Counters and queues in the text format of Prometheus; open to all where MISTOK_METRICS=open',
    access: 'admin',
    scope: 'settings',
    response: { 200: Type.String() },
  },
  getLive: { summary: 'The process runs', access: 'public', response: { 200: Type.Object({ status: oneOf(['ok']) }) } },
  getReady: { summary: 'The server can take work', access: 'public', response: { 200: Type.Object({ status: oneOf(['ok']) }) } },
} as const
