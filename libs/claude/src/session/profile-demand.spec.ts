import { describe, expect, it } from 'vitest';
import { BARE_PROFILE } from '../command/index.js';
import { ProfileDemand } from './profile-demand.js';

const model = (name: string) => ({ ...BARE_PROFILE, model: name });
const shown = (demand: ProfileDemand, slots: number) =>
  Object.fromEntries([...demand.share(slots)].map(([{ profile }, count]) => [profile.model ?? 'bare', count]));

describe('ProfileDemand', () => {
  it('shares slots by how often a profile is asked for', () => {
    const demand = new ProfileDemand(() => 0);
    expect(shown(demand, 3)).toEqual({});
    for (let asked = 0; asked < 6; asked += 1) demand.note(model('often'), null);
    for (let asked = 0; asked < 2; asked += 1) demand.note(model('seldom'), null);
    expect(shown(demand, 1)).toEqual({ often: 1 });
    expect(shown(demand, 4)).toEqual({ often: 3, seldom: 1 });
  });

  it('forgets what is not asked for any more', () => {
    let now = 0;
    const demand = new ProfileDemand(() => now);
    for (let asked = 0; asked < 20; asked += 1) demand.note(model('old'), null);
    now = 3_600_000;
    demand.note(model('new'), null);
    expect(shown(demand, 1)).toEqual({ new: 1 });
  });

  it('never offers a profile whose process serves one run only', () => {
    const demand = new ProfileDemand();
    demand.note({ ...BARE_PROFILE, maxBudgetUsd: '1' }, null);
    expect(shown(demand, 2)).toEqual({});
  });
});
