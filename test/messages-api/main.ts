import { parseArgs } from 'node:util';
import { startMessagesApi } from './messages-api.server.js';

const HELP = `The scripted Messages API: answers like the Messages API, as the prompt tells it to.

Options:
  --port <n>            port to listen on; 0 takes a free one (default 0)
  --host <address>      address to listen on (default 127.0.0.1)
  --demo                answer prompts without directives with demo replies
  --host-text <regexp>  a text that the caller itself puts into prompts; a script goes on through it (repeatable)
  --host-turn <regexp>  the same for a text that stands for a reply that got lost (repeatable)
  --help                this text

Prints "listening <url>" when ready. GET /_script/journal and GET /_script/served tell what was asked and served,
POST /_script/reset forgets it. The directives are described in docs/scripted-api.md.
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      demo: { type: 'boolean', default: false },
      'host-text': { type: 'string', multiple: true, default: [] },
      'host-turn': { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not a port`);
  const hostTexts = [
    ...values['host-text'].map((source) => ({ pattern: new RegExp(source), turns: 0 })),
    ...values['host-turn'].map((source) => ({ pattern: new RegExp(source), turns: 1 })),
  ];
  return { help: values.help, api: { port, host: values.host, hostTexts, ...(values.demo ? { script: 'demo' } : {}) } };
}

try {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(HELP);
  } else {
    const api = await startMessagesApi(options.api);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => void api.close().then(() => process.exit(0)));
    }
    process.stdout.write(`listening ${api.url}\n`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
