import { plural } from './contract-words.ts'

const count = plural('uk')
const numbers = (n: number) =>
  count(n, { one: '# номер не працює', few: '# номери не працюють', many: '# номерів не працюють', other: '# номера не працюють' })
const messages = (n: number) => count(n, { one: '# повідомлення', few: '# повідомлення', many: '# повідомлень', other: '# повідомлення' })

/** The words of the page on the server's health, in Ukrainian. */
export const ops = {
  ops: {
    title: 'Стан системи',
    allWell: 'Усе працює.',
    attention: 'Увага:',
    numbersDown: numbers,
    notStored: (n: number) => `${messages(n)} не вдалося зберегти`,
    notUnderstood: (n: number) => `${messages(n)} ще не розібрано`,
    waiting: (n: number) => `${messages(n)} чекає в черзі`,
    lagging: (time: string) => `події запізнюються на ${time}`,
    degraded: (n: number) =>
      count(n, {
        one: '# служба не відповідає як слід',
        few: '# служби не відповідають як слід',
        many: '# служб не відповідають як слід',
        other: '# служби не відповідають як слід',
      }),
    warnings: (n: number) => count(n, { one: '# попередження', few: '# попередження', many: '# попереджень', other: '# попередження' }),
    states: { ok: 'гаразд', warning: 'увага', bad: 'помилка' },
    tiles: {
      feed_lag_seconds: 'Запізнення подій',
      inbound_waiting: 'Чекають на розбір',
      outbox_waiting: 'Черга на надсилання',
      jobs_waiting: 'Фонові завдання',
      deferred_events: 'Чекають на ключі чи контекст',
      dead_letters: 'Не вдалося зберегти',
      not_understood: 'Не розпізнано',
    },
    day: 'За добу',
    dayHint: 'Найгірше за кожні чверть години, останнє вгорі.',
    from: 'З',
    seconds: (n: string) => `${n} с`,
    numbers: 'Номери',
    noNumbers: 'Ще не підключено жодного номера.',
    queued: (n: number) => `у черзі: ${n}`,
    lastInbound: (time: string) => `останнє вхідне ${time}`,
    services: 'Служби',
    since: (time: string) => `з ${time}`,
    warningList: 'Попередження',
    redrive: 'Спробувати знову',
    redriven: (n: number, left: number, reread: number) => `Збережено: ${n}. Перечитано: ${reread}. Лишилося: ${left}.`,
    deadLetters: 'Що не вдалося зберегти',
    stored: 'Збережено.',
    failedAgain: 'Знову не вдалося. Причина стоїть поруч.',
    copy: 'Скопіювати звіт',
    copied: 'Звіт скопійовано.',
    pause: 'Зупинити оновлення',
    resume: 'Оновлювати',
    updated: (time: string) => `Оновлено о ${time}`,
    started: (time: string) => `Сервер працює з ${time}`,
  },
}
