import { plural } from './contract-words.ts'
import { contract } from './uk-contract.ts'
import { frame } from './uk-frame.ts'
import { list } from './uk-list.ts'
import { panel } from './uk-panel.ts'
import { thread } from './uk-thread.ts'

const count = plural('uk')

/** Ukrainian. */
export const uk = {
  ...contract,
  ...frame,
  ...list,
  ...panel,
  ...thread,
  common: {
    unsavedAsk: 'Зміни не збережено. Піти звідси?',
    loading: 'Завантаження…',
    save: 'Зберегти',
    saved: 'Збережено',
    cancel: 'Скасувати',
    close: 'Закрити',
    retry: 'Повторити',
    copy: 'Копіювати',
    copied: 'Скопійовано',
    add: 'Додати',
    waitFor: (seconds: number) => `Спробувати можна за ${seconds} с.`,
    wrongField: 'Перевірте це поле.',
    noAnswer: 'Сервер не відповідає. Перевірте мережу й повторіть.',
    language: 'Мова',
  },
  nav: { label: 'Розділи', inbox: 'Вхідні', connect: 'Підключити', health: 'Стан', settings: 'Налаштування', signOut: 'Вийти' },
  notices: {
    down: (name: string, status: string, since: string) => `Номер «${name}»: ${status}, з ${since}.`,
    back: (name: string) => `Номер «${name}» знову працює.`,
    manyDown: (n: number, since: string) =>
      `${count(n, { one: '# номер не працює', few: '# номери не працюють', many: '# номерів не працюють', other: '# номера не працюють' })}, з ${since}.`,
    manyBack: (n: number) =>
      `${count(n, { one: '# номер знову працює', few: '# номери знову працюють', many: '# номерів знову працюють', other: '# номера знову працюють' })}.`,
    which: 'Які саме',
    hide: 'Сховати',
  },
  signIn: {
    title: 'Вхід',
    email: 'Електронна пошта',
    password: 'Пароль',
    show: 'Показати пароль',
    remember: 'Запам’ятати мене',
    submit: 'Увійти',
  },
  setup: {
    title: 'Перший адміністратор',
    intro: 'Ще нікого немає. Код налаштування надруковано в журналі сервера під час першого запуску.',
    step: (number: number) => `Крок ${number} з 3`,
    token: 'Код налаштування',
    tokenHint: 'З журналу сервера',
    wrongToken: 'Код неправильний. Візьміть останній із журналу: після перезапуску він інший.',
    name: 'Ім’я',
    passwordHint: 'Щонайменше 12 символів',
    ratings: {
      short: 'Закороткий.',
      common: 'Такий пароль легко вгадати. Додайте кілька інших слів.',
      enough: 'Досить. Ще кілька слів зроблять його міцнішим.',
      good: 'Добрий пароль.',
    },
    next: 'Далі',
  },
  settings: {
    title: 'Налаштування',
    numbers: 'Номери',
    account: 'Мій Matrix',
    people: 'Люди',
    labels: 'Мітки',
    canned: 'Готові відповіді',
    keys: 'Ключі API',
    roads: 'Режим',
    cloud: 'WhatsApp Business',
    system: 'Сервер Matrix',
    retention: 'Зберігання',
    audit: 'Журнал дій',
    profile: 'Профіль',
  },
  routeReasons: {
    window_closed: 'лише шаблоном, бо вікно закрите',
    group: 'групи лишаються на своєму номері',
    no_address: 'у клієнта немає адреси на тій дорозі',
    no_channel: 'немає номера, з якого можна писати',
    channel_not_connected: 'номер не підключено',
    reachout_locked: 'WhatsApp тимчасово забороняє нові чати',
    type_unsupported: 'таке там не надсилається',
  },
}

/** What every language must have; Ukrainian gives the shape, so a missing or spare key elsewhere is a compile error. */
export type Words = typeof uk
