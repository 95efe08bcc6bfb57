// wait-ready.mjs <address of Mistok>: ends with 0 as soon as it is ready; whoever starts it sets the limit (systemd: TimeoutStartSec).
import { setTimeout as sleep } from 'node:timers/promises'

const [address] = process.argv.slice(2)
while (
  !(await fetch(new URL('/health/ready', address)).then(
    ({ ok }) => ok,
    () => false,
  ))
)
  await sleep(200)
