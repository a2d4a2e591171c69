//! From what each library asks for to one release of each crate in each member.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use semver::Version;

use crate::{
    answer::{Answer, Wanted},
    candidate::{Candidate, Demand, Judge},
    search::{Need, Plan, Search, class},
};

impl Search<'_> {
    /// Settles on one release for each crate of each member, with everything that these need.
    pub(crate) fn outcome(&self, set: u64, plan: Plan) -> Answer {
        let mut demands = plan.demands.clone();
        let mut chosen: BTreeMap<(usize, String), Candidate>;
        let mut switched = plan.features.clone();
        let mut rounds = 0;
        loop {
            chosen =
                demands.iter().filter_map(|(key, d)| Some((key.clone(), self.choose(&key.1, d)?))).collect();
            let mut next = plan.demands.clone();
            let mut open = plan.needs.clone();
            let mut seen = BTreeSet::new();
            while let Some(need) = open.pop() {
                let judge = Judge { search: self, set, library: need.package };
                for target in self.targets(need.member, self.placement(&need.name)) {
                    if let Some(there) = self.project.direct(target, &need.name).next() {
                        let missing = judge.missing(target, there);
                        if !missing.is_empty() {
                            switched.entry((target, there)).or_default().extend(missing);
                        }
                        continue;
                    }
                    let mut candidates = judge.candidates(target, &need.name, None);
                    if let Some(by) = &need.by
                        && let Some(with) = chosen.get(&(need.member, by.clone()))
                    {
                        candidates.retain(|c| judge.agree(by, with, &need.name, c));
                    }
                    // Everything in a member must accept it, and everything elsewhere if that can be had: cargo
                    // takes one of all compatible versions.
                    for scope in [Some(target), None] {
                        let beside = |of: usize| scope.is_none_or(|member| member == of);
                        let accepted = |c: &Candidate| {
                            let mut others = chosen.iter().filter(|((of, _), _)| beside(*of));
                            others.all(|((_, other), with)| judge.agree(other, with, &need.name, c))
                        };
                        let all: Vec<Candidate> =
                            candidates.iter().filter(|c| accepted(c)).cloned().collect();
                        if scope.is_some() || !all.is_empty() {
                            candidates = all;
                        }
                    }
                    next.entry((target, need.name.clone())).or_default().push(Demand { candidates });
                    if seen.insert((target, need.name.clone())) {
                        let by = Some(need.name.clone());
                        let further = self.needs(&need.name, &[]).into_iter();
                        open.extend(further.map(|name| Need {
                            member: target,
                            by: by.clone(),
                            name,
                            package: need.package,
                        }));
                    }
                }
            }
            rounds += 1;
            if next == demands || rounds > 9 {
                break;
            }
            demands = next;
        }
        self.write(set, plan.served, &switched, chosen)
    }

    /// The release that satisfies every demand: of those that move the fewest packages, the newest.
    fn choose(&self, name: &str, demands: &[Demand]) -> Option<Candidate> {
        let (first, rest) = demands.split_first()?;
        let mut common: Vec<Candidate> = Vec::new();
        for candidate in &first.candidates {
            let same = |d: &Demand| d.candidates.iter().find(|c| c.version == candidate.version).cloned();
            let Some(others) = rest.iter().map(same).collect::<Option<Vec<_>>>() else { continue };
            let mut merged = candidate.clone();
            for other in others {
                merged.asked.extend(other.asked);
                merged.features.extend(other.features);
            }
            common.push(merged);
        }
        common.into_iter().max_by_key(|c| (Reverse(self.moves(name, c)), c.version.clone()))
    }

    /// The answer in words.
    fn write(
        &self,
        set: u64,
        served: BTreeSet<(String, String, String)>,
        switched: &BTreeMap<(usize, usize), BTreeSet<String>>,
        chosen: BTreeMap<(usize, String), Candidate>,
    ) -> Answer {
        let mut answer = Answer { served, ..Answer::default() };
        answer.set = (!answer.served.is_empty()).then(|| format!("0.{set}"));
        for ((member, name), candidate) in chosen {
            let wanted = Wanted {
                exact: self.is_exact(&name, &candidate.version),
                version: Some(candidate.version.to_string()),
                features: candidate.features,
            };
            answer
                .members
                .entry(self.project.packages[member].name.clone())
                .or_default()
                .insert(name, wanted);
        }
        for ((member, package), features) in switched {
            let (member, library) =
                (&self.project.packages[*member].name, &self.project.packages[*package].name);
            let wanted = Wanted { features: features.clone(), ..Wanted::default() };
            answer.members.entry(member.clone()).or_default().insert(library.clone(), wanted);
        }
        answer
    }

    /// Whether cargo would take another release if it were free to.
    fn is_exact(&self, name: &str, version: &Version) -> bool {
        let locked = self.project.locked.get(name).is_some_and(|versions| versions.contains(version));
        let releases = self.index.named(name);
        let compatible = |v: &Version| class(v) == class(version) && v >= version;
        let newest = releases.iter().find(|r| r.is_offered() && compatible(&r.version));
        !locked && newest.is_some_and(|newest| newest.version != *version)
    }

    /// How many locked packages cargo has no choice but to move for a release and its own requirements.
    fn moves(&self, name: &str, candidate: &Candidate) -> usize {
        let lock = |name: &str| self.project.locked.get(name).into_iter().flatten();
        let version = &candidate.version;
        let is_there = lock(name).any(|v| v == version);
        let moves_itself = !is_there && lock(name).any(|v| class(v) == class(version));
        let releases = self.index.named(name);
        let release = releases.iter().find(|r| r.version == *version);
        let active = release.map(|release| release.activate(&candidate.asked).1).unwrap_or_default();
        let forced = active.iter().filter(|(dependency, _)| {
            let newest = self.index.cached(&dependency.package);
            let newest = newest.iter().find(|r| r.is_offered() && dependency.requirement.matches(&r.version));
            let is_near = |v: &Version| newest.is_some_and(|newest| class(v) == class(&newest.version));
            !lock(&dependency.package).any(|v| dependency.requirement.matches(v))
                && lock(&dependency.package).any(is_near)
        });
        forced.count() + usize::from(moves_itself)
    }
}
