import { plural } from './contract-words.ts'

const count = plural('uk')

/** Words of the open conversation that are not needed when it is opened: they come with the parts that say them. */
export const uk = {
  album: {
    title: (n: number) => count(n, { one: 'Альбом: # файл', few: 'Альбом: # файли', many: 'Альбом: # файлів', other: 'Альбом: # файлу' }),
    film: (name: string, time: string) => `Відео від ${name}, ${time}`,
    place: (at: number, of: number) => `${at} з ${of}`,
    more: (n: number) => `Ще ${n}`,
    showAll: (n: number) => `Показати всі ${n}`,
  },
  editing: {
    left: (time: string) => `Змінити можна ще ${time}`,
    over: 'Час на зміну вийшов. Написане лишилося тут.',
    asNew: 'Перенести в нове повідомлення',
  },
  stranger: 'Новий контакт: часті перші повідомлення можуть призвести до блокування.',
  understood: 'Зрозуміло',
  newChat: {
    locked: (until: string) =>
      until
        ? `WhatsApp не дозволяє нових чатів до ${until}. Наявні розмови працюють.`
        : 'WhatsApp поки не дозволяє нових чатів. Наявні розмови працюють.',
    lockedNumber: (number: string, until: string) =>
      until ? `${number} · без нових чатів до ${until}` : `${number} · поки без нових чатів`,
  },
  versions: { title: 'Попередні версії', none: 'Того, що було тут раніше, ми не бачили.' },
  history: {
    title: 'Історія дій',
    none: 'З цією розмовою ще нічого не робили.',
    older: 'Показати давніші',
    itself: 'Система',
    deeds: {
      assigned: (name: string) => `Відповідальний: ${name}`,
      unassigned: 'Знято відповідального',
      closed: 'Розмову закрито',
      reopened: 'Розмову відкрито',
      snoozed: (time: string) => `Відкладено до ${time}`,
      added: (labels: string) => `Додано мітки: ${labels}`,
      removed: (labels: string) => `Знято мітки: ${labels}`,
    },
  },
  readers: {
    title: 'Прочитали',
    got: 'Отримали',
    unknown: (n: number) =>
      count(n, {
        one: 'Про # учасника WhatsApp ще не повідомив.',
        few: 'Про # учасників WhatsApp ще не повідомив.',
        many: 'Про # учасників WhatsApp ще не повідомив.',
        other: 'Про # учасника WhatsApp ще не повідомив.',
      }),
  },
  hits: {
    title: 'Знайдене в цій розмові',
    place: (at: number, of: number, hasMore: boolean) => `${at} з ${of}${hasMore ? '+' : ''}`,
    found: (n: number) => count(n, { one: '# збіг', few: '# збіги', many: '# збігів', other: '# збігу' }),
    leave: 'Вийти з пошуку в розмові',
  },
}

export type ThreadLateWords = typeof uk
