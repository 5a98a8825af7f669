// Runs a prompt and asks at the terminal whatever the agent asks. No dependencies.
//
//   node docs/recipes/approve.mjs 'Write a haiku into haiku.txt'
//
// STEWARD_URL (http://127.0.0.1:8080) and STEWARD_KEY (none) say where and as whom.
import { createInterface } from 'node:readline';
import { stdin, stdout } from 'node:process';

const base = `${process.env.STEWARD_URL ?? 'http://127.0.0.1:8080'}/api/v1/claude`;
const key = process.env.STEWARD_KEY;
const headers = { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) };

async function call(method, path, body) {
  const answer = await fetch(base + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${told.code}: ${told.detail}`);
  return told;
}

/** Events of a run, one after the other, to its end. */
async function* events(runId) {
  const { body } = await fetch(`${base}/processes/${runId}/events`, { headers });
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const line = block.split('\n').find((one) => one.startsWith('data: '));
      if (line) yield JSON.parse(line.slice(6));
    }
  }
}

// One iterator for all questions, so that lines that come early are kept.
const lines = createInterface({ input: stdin })[Symbol.asyncIterator]();
async function ask(question) {
  stdout.write(question);
  const { value, done } = await lines.next();
  return done ? '' : value.trim();
}

async function decide({ kind, tool, input, questions }) {
  if (kind === 'question') {
    const answers = {};
    for (const { question, options } of questions) {
      const labels = options.map(({ label }) => label).join(' / ');
      answers[question] = (await ask(`\n? ${question} [${labels}] `)) || options[0].label;
    }
    return { decision: 'answer', answers };
  }
  stdout.write(kind === 'plan' ? `\n? Its plan:\n${input.plan}\n` : `\n? ${tool} ${JSON.stringify(input)}\n`);
  const said = await ask('  y(es), s(ession), q(uit), or why not: ');
  if (said === 'y') return { decision: 'allow' };
  if (said === 's') return { decision: 'allow', scope: kind === 'plan' ? 'once' : 'session' };
  if (said === 'q') return { decision: 'deny', stop: true };
  return { decision: 'deny', ...(said ? { message: said } : {}) };
}

const prompt = process.argv[2] ?? 'Say hello.';
const run = await call('POST', '/execute/async', { prompt, allowedTools: ['Read'], approvals: 'ask' });
for await (const { type, data } of events(run.id)) {
  if (type === 'text.delta') stdout.write(data.text);
  if (type === 'approval.requested') {
    const answer = await decide(data);
    // Somebody else may have been quicker, or its time is over.
    await call('POST', `/processes/${run.id}/approvals/${data.approvalId}`, answer).catch((error) =>
      stdout.write(`  ${error.message}\n`),
    );
  }
}
const { state, error } = await call('GET', `/processes/${run.id}`);
stdout.write(`\n${state}${error ? ` (${error.code})` : ''}\n`);
process.exit(state === 'completed' ? 0 : 1);
