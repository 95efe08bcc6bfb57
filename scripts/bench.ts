import { createBench } from './bench/bench.ts'
import { measureIntake } from './bench/intake.ts'
console.log(await measureIntake(createBench((line) => console.error(line))))
