/**
 * What checks of homeserver and bridge say, in Ukrainian: the English sentence with `{0}`, `{1}` … for what it names, and the same in Ukrainian. What a homeserver, a
 * bridge or Meta say in their own words stays as they said it.
 */
export const matrixChecks: readonly (readonly [english: string, ukrainian: string])[] = [
  // Homeserver
  ['The homeserver answers.', 'Домашній сервер відповідає.'],
  ['Synapse {0}', 'Synapse {0}'],
  [
    'This is not Synapse, or its admin API is closed to this server.',
    'Це не Synapse, або його адміністративний API закрито для цього сервера.',
  ],
  [
    'Accounts are then made through our application service alone: load its registration.',
    'Тоді облікові записи створює лише наша служба застосунків: підключіть її реєстрацію.',
  ],
  [
    'Something answers at this address, but it is no Matrix homeserver.',
    'За цією адресою щось відповідає, але це не домашній сервер Matrix.',
  ],
  [
    'Whether the homeserver reaches this server is seen once the settings are saved.',
    'Чи домашній сервер дістається цього сервера, стане видно, щойно налаштування буде збережено.',
  ],
  ['It says that the homeserver is at {0}: enter that.', 'Воно каже, що домашній сервер — {0}: впишіть цю адресу.'],
  [
    'Enter the address at which the homeserver serves clients, as in Element, without a path.',
    'Впишіть адресу, за якою сервер обслуговує клієнтів, як в Element, без шляху.',
  ],
  ['{0} cannot be reached: {1}.', '{0}: не вдається з’єднатися. {1}.'],
  ['The homeserver', 'Домашній сервер'],
  ['The bridge', 'Міст'],
  ['Look into the log of this server.', 'Подивіться журнал цього сервера.'],
  [
    'Link-local and metadata addresses are never contacted: enter the address of the service itself.',
    'До службових адрес мережі запити не йдуть ніколи: впишіть адресу самої служби.',
  ],
  [
    'See that it runs, that host and port are right, and that a firewall lets this server through.',
    'Перевірте, що служба працює, адреса й порт правильні, а брандмауер пропускає цей сервер.',
  ],
  [
    'Something listens there and does not answer: see whether it is overloaded or another service.',
    'Там щось слухає, але не відповідає: перевірте, чи не перевантажене воно і чи це та служба.',
  ],
  [
    'See whether the address needs https instead of http, or the other way round.',
    'Перевірте, чи не потрібен https замість http, або навпаки.',
  ],
  ['Save once more.', 'Збережіть ще раз.'],
  ['This is another service: enter the right address.', 'Це інша служба: впишіть правильну адресу.'],
  [
    'This is another service, or a proxy in front of it answers: enter the right address.',
    'Це інша служба, або замість неї відповідає проксі: впишіть правильну адресу.',
  ],
  ['There is no password and no stored session of the admin.', 'Немає ні пароля, ні збереженого сеансу адміністратора.'],
  ['Enter the admin password.', 'Впишіть пароль адміністратора.'],
  ['The homeserver calls itself {0}, not {1}.', 'Домашній сервер називає себе {0}, а не {1}.'],
  ['Enter {0} as the server name.', 'Впишіть {0} як ім’я сервера.'],
  ['Signed in as {0}.', 'Вхід виконано: {0}.'],
  ['The server name is the homeserver’s own.', 'Ім’я сервера збігається.'],
  [
    'The homeserver leaves sign-in to the Matrix Authentication Service; accounts are made through our application service, and no admin is needed.',
    'Вхід на домашньому сервері веде Matrix Authentication Service; облікові записи створює наша служба застосунків, адміністратор не потрібен.',
  ],
  [
    'The homeserver leaves sign-in to the Matrix Authentication Service, so nobody can make accounts by a password.',
    'Вхід на домашньому сервері веде Matrix Authentication Service, тож за паролем облікових записів не створити.',
  ],
  [
    'Load our registration (mistok registration) into the homeserver: with it no admin is needed.',
    'Підключіть до домашнього сервера нашу реєстрацію (mistok registration): з нею адміністратор не потрібен.',
  ],
  ['The stored session of the admin has ended.', 'Збережений сеанс адміністратора завершився.'],
  [
    'The session of the admin on the homeserver has ended, and no password is kept.',
    'Сеанс адміністратора на домашньому сервері завершився, а пароль не збережено.',
  ],
  ['Enter the admin password in the Matrix settings again.', 'Знову впишіть пароль адміністратора в налаштуваннях Matrix.'],
  ['The homeserver signed the admin in without giving a token', 'Домашній сервер впустив адміністратора, але не дав токена'],
  ['Enter the admin password again.', 'Знову впишіть пароль адміністратора.'],
  ['The admin account is locked.', 'Обліковий запис адміністратора заблоковано.'],
  ['Unlock it on the homeserver.', 'Розблокуйте його на домашньому сервері.'],
  [
    'The homeserver refuses this login: the name or the password is wrong, or the account is deactivated.',
    'Домашній сервер відмовляє у вході: хибне ім’я чи пароль, або запис вимкнено.',
  ],
  ['Correct them; after five attempts the homeserver makes you wait.', 'Виправте їх; після п’яти спроб сервер змусить чекати.'],
  ['The homeserver takes no more sign-ins for {0} seconds.', 'Домашній сервер не приймає входів ще {0} с.'],
  ['Wait and save again.', 'Зачекайте і збережіть знову.'],
  ['The homeserver refuses the admin: {0}.', 'Домашній сервер відмовляє адміністратору: {0}.'],
  ['The bridge is v26.06 or newer.', 'Міст версії v26.06 або новішої.'],
  [
    'This bridge is older than v26.06: linking a phone fails as soon as one request breaks, and before v26.04 it loses what it holds in memory when it ends.',
    'Цей міст старіший за v26.06: прив’язування телефона зривається, щойно обірветься один запит, а до v26.04 міст, закінчуючи роботу, губить те, що тримає в пам’яті.',
  ],
  ['Update mautrix-whatsapp to v26.06 or newer.', 'Оновіть mautrix-whatsapp до v26.06 або новішої.'],
  ['See the log of the homeserver.', 'Подивіться журнал домашнього сервера.'],
  ['{0} Accounts are made through our application service meanwhile.', '{0} Поки що облікові записи створює наша служба застосунків.'],
  ['The admin may manage users.', 'Адміністратор може керувати користувачами.'],
  ['{0} is no server admin, so it cannot make accounts.', '{0} не є адміністратором сервера, тож не може створювати облікові записи.'],
  [
    'Make it one on the homeserver, or load our registration (mistok registration).',
    'Зробіть його адміністратором на домашньому сервері або підключіть нашу реєстрацію (mistok registration).',
  ],
  ['The admin API does not answer: {0}', 'Адміністративний API не відповідає: {0}'],
  [
    'Open /_synapse/admin to this server, or load our registration (mistok registration).',
    'Відкрийте /_synapse/admin для цього сервера або підключіть нашу реєстрацію (mistok registration).',
  ],
  [
    'The homeserver does not know our application service, so messages are asked for account by account.',
    'Домашній сервер не знає нашої служби застосунків, тож повідомлення запитуються для кожного запису окремо.',
  ],
  [
    'Whether the homeserver knows our application service is unknown: {0}',
    'Невідомо, чи знає домашній сервер нашу службу застосунків: {0}',
  ],
  [
    'Give it the file that `mistok registration` prints, list it under app_service_config_files and restart the homeserver.',
    'Дайте йому файл, який друкує `mistok registration`, впишіть його в app_service_config_files і перезапустіть домашній сервер.',
  ],
  ['The homeserver knows our application service.', 'Домашній сервер знає нашу службу застосунків.'],
  [
    'Correct `url` in the registration: this server’s address as the homeserver sees it; then restart the homeserver.',
    'Виправте `url` у реєстрації: адреса цього сервера, як її бачить домашній сервер; потім перезапустіть його.',
  ],
  ['The homeserver reaches this server.', 'Домашній сервер дістає до цього сервера.'],
  ['The homeserver did not say whether it reaches us: {0}', 'Домашній сервер не сказав, чи дістає до нас: {0}'],
  ['The homeserver cannot connect to this server.', 'Домашній сервер не може з’єднатися з цим сервером.'],
  ['This server does not answer the homeserver in time.', 'Цей сервер не відповідає домашньому серверу вчасно.'],
  [
    'Something answers the homeserver at our address and refuses it: {0}',
    'За нашою адресою домашньому серверу щось відповідає відмовою: {0}',
  ],
  [
    'The hs_token of the loaded registration is another one, or another service listens there: load the present file of `mistok registration`.',
    'У підключеній реєстрації інший hs_token, або там слухає інша служба: підключіть теперішній файл `mistok registration`.',
  ],
  ['The loaded registration has no url.', 'У підключеній реєстрації немає url.'],
  ['The loaded registration has another id.', 'У підключеної реєстрації інший id.'],
  ['Load the present file of `mistok registration`.', 'Підключіть теперішній файл `mistok registration`.'],
  ['This homeserver cannot be asked whether it reaches us.', 'Цей домашній сервер не можна спитати, чи дістає він до нас.'],
  [
    'The homeserver knows the registration for double puppeting.',
    'Домашній сервер знає реєстрацію для подвійного лялькарства (double puppeting).',
  ],
  [
    'The homeserver does not know the registration for double puppeting: what is typed on the phone is still told apart, but read marks of the phone are not taken over.',
    'Домашній сервер не знає реєстрації для double puppeting: набране на телефоні ще розрізняється, але позначки прочитання з телефону не переходять.',
  ],
  [
    'Load the second file of `mistok registration` too, and set its as_token in the bridge under double_puppet.secrets.',
    'Підключіть і другий файл `mistok registration` та впишіть його as_token у міст під double_puppet.secrets.',
  ],
  ['{0} is on the homeserver.', '{0} є на домашньому сервері.'],
  ['Whether {0} exists is unknown: {1}', 'Невідомо, чи існує {0}: {1}'],
  ['{0} is not on the homeserver.', '{0} немає на домашньому сервері.'],
  [
    'Start the bridge once so that it makes its bot; if the bot has another name, enter it.',
    'Запустіть міст, щоб він створив свого бота; якщо бот зветься інакше, впишіть його ім’я.',
  ],

  // Bridge
  ['The bridge runs.', 'Міст працює.'],
  ['The bridge answers, but is not ready.', 'Міст відповідає, але не готовий.'],
  [
    'See its log: it may still be starting, or not reach the homeserver.',
    'Подивіться його журнал: можливо, він ще запускається або не дістає до домашнього сервера.',
  ],
  ['The bridge trusts this server.', 'Міст довіряє цьому серверу.'],
  ['The bridge’s control secret is not known.', 'Секрет керування мостом невідомий.'],
  ['The bridge does not accept the admin secret.', 'Міст не приймає секрету адміністратора.'],
  [
    'It stands in the bridge’s config.yaml under provisioning.shared_secret; copy it from there (not as_token of registration.yaml).',
    'Він стоїть у config.yaml моста під provisioning.shared_secret; скопіюйте звідти (не as_token з registration.yaml).',
  ],
  [
    '{0} With the -n option the bridge makes a new one at every start unless you set it.',
    '{0} З ключем -n міст щоразу робить новий, якщо його не задано.',
  ],
  ['The bridge’s control API is switched off.', 'API керування мостом вимкнено.'],
  [
    'Set provisioning.shared_secret in its config.yaml to at least 16 characters and restart it.',
    'Задайте provisioning.shared_secret у його config.yaml (щонайменше 16 знаків) і перезапустіть міст.',
  ],
  ['The bridge does not let {0} link phones.', 'Міст не дозволяє {0} прив’язувати телефони.'],
  [
    'Give its server (or this user) the permission `user` under bridge.permissions in the bridge’s config.yaml.',
    'Дайте цьому серверу (чи користувачу) дозвіл `user` під bridge.permissions у config.yaml моста.',
  ],
  ['The bridge refuses: {0}.', 'Міст відмовляє: {0}.'],
  ['See its log.', 'Подивіться його журнал.'],
  ['This bridge has no control API of version 3.', 'Цей міст не має API керування версії 3.'],
  [
    'It is older than v0.11: update mautrix-whatsapp to v26.06 or newer.',
    'Він старіший за v0.11: оновіть mautrix-whatsapp до v26.06 або новішого.',
  ],
  ['It is older than v0.11: update it to v26.06 or newer.', 'Він старіший за v0.11: оновіть його до v26.06 або новішого.'],
  [
    'Something answers at the bridge’s address, but it is no mautrix bridge ({0}).',
    'За адресою моста щось відповідає, але це не міст mautrix ({0}).',
  ],
  [
    'Enter the address at which the bridge itself listens; the homeserver does not pass its control API on.',
    'Впишіть адресу, за якою слухає сам міст; домашній сервер його API керування не передає.',
  ],
  ['It is a WhatsApp bridge.', 'Це міст до WhatsApp.'],
  ['This is a bridge to {0}, not to WhatsApp.', 'Це міст до {0}, а не до WhatsApp.'],
  ['Enter the address of mautrix-whatsapp.', 'Впишіть адресу mautrix-whatsapp.'],
  ['The bridge is on the same homeserver.', 'Міст на тому самому домашньому сервері.'],
  ['The bridge belongs to {0}, not to {1}.', 'Міст належить до {0}, а не до {1}.'],
  [
    'Set homeserver.domain in the bridge’s config.yaml, or enter the bridge of this homeserver.',
    'Задайте homeserver.domain у config.yaml моста або впишіть міст цього домашнього сервера.',
  ],
  ['The bridge’s bot is {0}.', 'Бот моста — {0}.'],
  ['The bridge says that its bot is {0}, not {1}.', 'Міст каже, що його бот — {0}, а не {1}.'],
  ['Enter {0}; rooms of another bot are not taken for chats.', 'Впишіть {0}; кімнати іншого бота не вважаються чатами.'],
  ['Phones can be linked by QR and by code.', 'Телефони можна прив’язувати за QR і за кодом.'],
  ['The bridge offers no login by {0}.', 'Міст не пропонує входу через {0}.'],
  ['Update mautrix-whatsapp.', 'Оновіть mautrix-whatsapp.'],
  [
    'The bridge admin secret is the as_token of the bridge’s registration. It is kept to recognise the bridge’s reports, but it cannot link phones.',
    'Секрет моста — це as_token його реєстрації. Його збережено, щоб упізнавати повідомлення моста, але телефонів ним не прив’язати.',
  ],
  [
    'No webhook token of the bridge is set: the state of numbers is asked for instead of being reported.',
    'Токен вебхука моста не задано: стан номерів запитується, а не повідомляється.',
  ],
  ['The webhook token is the bridge’s own.', 'Токен вебхука належить мосту.'],
  ['Enter as_token of the bridge’s registration.yaml.', 'Впишіть as_token з registration.yaml моста.'],
  [
    'The homeserver does not know the webhook token, so reports of the bridge will not be recognised.',
    'Домашній сервер не знає токена вебхука, тож повідомлень моста не буде впізнано.',
  ],
  [
    'Whether {0} answers is seen when the first phone is linked in the chat with it.',
    'Чи відповідає {0}, стане видно, коли в чаті з ним прив’яжуть перший телефон.',
  ],
  ['This bridge is mautrix-whatsapp {0}.', 'Цей міст — mautrix-whatsapp {0}.'],
  ['Phones are linked in the chat with {0}, which answers: {1}.', 'Телефони прив’язуються в чаті з {0}; він відповідає: {1}.'],
  [
    '{0} does not talk with {1}, so people of its server cannot link phones.',
    '{0} не розмовляє з {1}, тож люди цього сервера не можуть прив’язувати телефони.',
  ],
  [
    'Give the server the permission `user` under bridge.permissions in the bridge’s config.yaml.',
    'Дайте серверу дозвіл `user` під bridge.permissions у config.yaml моста.',
  ],
  ['The bridge’s bot {0} does not answer.', 'Бот моста {0} не відповідає.'],
  [
    'See that the bridge runs, is loaded into the homeserver, and that its bot has this name.',
    'Перевірте, що міст працює, підключений до домашнього сервера, а його бот зветься саме так.',
  ],
  ['Whether {0} answers is unknown: {1}', 'Невідомо, чи відповідає {0}: {1}'],
  [
    'Whether the bridge loses messages when it ends cannot be seen from outside. As it comes, it loses those that it holds in memory.',
    'Чи губить міст повідомлення, коли зупиняється, ззовні не видно. Без налаштування він губить ті, що тримає в пам’яті.',
  ],
  [
    'See that portal_event_buffer is 0 under bridge in its config.yaml, or show it: npm run mistok -- doctor --bridge-config config.yaml',
    'Перевірте, що в його config.yaml під bridge стоїть portal_event_buffer: 0, або покажіть його: npm run mistok -- doctor --bridge-config config.yaml',
  ],
]
