import { parseArgs } from 'node:util';
import { startMessagesApi } from './messages-api.server.js';

const HELP = `The scripted Messages API: answers like the Messages API, as the prompt tells it to.

Options:
  --port <n>     port to listen on; 0 takes a free one (default 0)
  --host <addr>  address to listen on (default 127.0.0.1)
  --demo         answer prompts without directives with demo replies
  --help         this text

Prints "listening <url>" when ready. GET /_script/journal and /_script/served tell what was asked and served,
POST /_script/reset forgets it. Directives are described in docs/scripted-api.md.
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    demo: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
} else {
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not a port`);
  const api = await startMessagesApi({ port, host: values.host, ...(values.demo ? { script: 'demo' } : {}) });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void api.close().then(() => process.exit(0)));
  }
  process.stdout.write(`listening ${api.url}\n`);
}
