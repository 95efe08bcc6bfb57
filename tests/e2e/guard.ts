import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Ends what a test has started even where the test's own process is killed without a word. */
export interface Guard {
  /** The processes to end, instead of those named before. */
  watch(pids: readonly (number | undefined)[]): void
  /** Leaves everything as it is and goes. */
  close(): Promise<void>
}

// Reads lines until our end of the pipe closes, by close() or by our death; the last line names what is to be ended.
const WATCH =
  'while read -r line; do pids=$line; done; [ -z "$pids" ] && exit; kill -INT $pids; [ -z "$1" ] && exit; sleep 5; rm -rf -- "$1"'

/** Starts the guard, a shell in a session of its own; `folder`, where given, is removed after what it watches was ended. */
export function openGuard(folder?: string): Guard {
  const shell = spawn('sh', ['-c', WATCH, 'guard', folder ?? ''], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  shell.unref()
  return {
    watch: (pids) => void shell.stdin.write(`${pids.filter((pid) => pid !== undefined).join(' ')}\n`),
    close: async () => {
      const gone = once(shell, 'exit')
      shell.ref()
      shell.stdin.end('\n')
      await gone
    },
  }
}
