type Line = { from: 'shop' | 'customer'; text: string; hours_ago: number }

/** The people of the demo and what they and the shop have written so far. */
export const people: { phone: string; name: string; lines: Line[] }[] = [
  {
    phone: '380501234567',
    name: 'Олена Коваленко',
    lines: [
      { from: 'customer', text: 'Добрий день! Чи є ще лляні рушники з вишивкою, розмір 50×90?', hours_ago: 49 },
      { from: 'shop', text: 'Вітаємо, Олено! Так, лишилося шість: натуральний льон і білий.', hours_ago: 48.8 },
      { from: 'customer', text: 'Візьму два натуральні 🙂 Можна Новою поштою до Львова?', hours_ago: 48.7 },
      { from: 'shop', text: 'Звісно. Відправимо завтра зранку, номер накладної надішлемо сюди.', hours_ago: 48.5 },
      { from: 'customer', text: 'Чудово, дякую!', hours_ago: 48.4 },
      { from: 'shop', text: 'Накладна 20450812345678. Гарного дня!', hours_ago: 26 },
    ],
  },
  {
    phone: '380632223344',
    name: 'Андрій Шевчук',
    lines: [
      { from: 'customer', text: 'Вітаю, замовлення №1042 прийшло, але одна чашка тріснута', hours_ago: 5 },
      { from: 'shop', text: 'Перепрошуємо! Надішліть, будь ласка, фото, і ми одразу відправимо нову.', hours_ago: 4.8 },
      { from: 'customer', text: 'Зроблю ввечері, коли буду вдома', hours_ago: 4.5 },
    ],
  },
  { phone: '380975556677', name: 'Марія Бондаренко', lines: [] },
]
