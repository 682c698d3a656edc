//! The tree of organisations, numbered in the order of a walk, so that "is it under" is two comparisons and a subtree is a slice.

use super::doc::Organisation;
use super::names::Ids;

/// Where each organisation stands. Of a broken forest (a cycle, a parent that does not exist) only what hangs from a root is placed.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    parents: Vec<Option<u32>>,
    /// For each organisation, its stretch of `walk`: itself and all below.
    stretches: Vec<(u32, u32)>,
    depths: Vec<u32>,
    /// The ids in the order of the walk, each parent before its children.
    walk: Vec<String>,
}

impl Tree {
    pub(crate) fn new(organisations: &[Organisation], ids: &Ids) -> Self {
        let parents: Vec<Option<u32>> =
            organisations.iter().map(|one| one.parent.as_deref().and_then(|id| ids.position(id))).collect();
        let mut children = vec![Vec::new(); organisations.len()];
        for (child, parent) in (0u32..).zip(&parents) {
            if let Some(parent) = parent {
                children[*parent as usize].push(child);
            }
        }
        let mut tree = Self {
            stretches: vec![(0, 0); organisations.len()],
            depths: vec![0; organisations.len()],
            walk: Vec::with_capacity(organisations.len()),
            parents,
        };
        for (root, organisation) in (0u32..).zip(organisations) {
            if organisation.parent.is_none() {
                tree.place(root, organisations, &children);
            }
        }
        tree
    }

    /// Walks from `root` down. A stack of its own: a document's depth must not be able to exhaust the thread's.
    fn place(&mut self, root: u32, organisations: &[Organisation], children: &[Vec<u32>]) {
        let mut stack = vec![(root, 0, false)];
        while let Some((at, depth, leaving)) = stack.pop() {
            let here = at as usize;
            if leaving {
                self.stretches[here].1 = self.visited();
                continue;
            }
            self.stretches[here].0 = self.visited();
            self.depths[here] = depth;
            self.walk.push(organisations[here].id.clone());
            stack.push((at, depth, true));
            stack.extend(children[here].iter().rev().map(|child| (*child, depth + 1, false)));
        }
    }

    fn visited(&self) -> u32 {
        // A document cannot hold four thousand million organisations.
        u32::try_from(self.walk.len()).unwrap_or(u32::MAX)
    }

    /// Whether `organisation` is `top` or stands anywhere below it.
    pub(crate) fn is_within(&self, organisation: u32, top: u32) -> bool {
        let (at, _) = self.stretches[organisation as usize];
        let (from, to) = self.stretches[top as usize];
        self.is_placed(organisation) && (from..to).contains(&at)
    }

    /// Whether a root is above it; false only inside or below a cycle, or below a parent that does not exist.
    pub(crate) fn is_placed(&self, organisation: u32) -> bool {
        let (from, to) = self.stretches[organisation as usize];
        from < to
    }

    /// The ids of an organisation and all below it, itself first.
    pub(crate) fn subtree(&self, top: u32) -> &[String] {
        let (from, to) = self.stretches[top as usize];
        &self.walk[from as usize..to as usize]
    }

    /// How many organisations stand above it.
    pub(crate) fn depth(&self, organisation: u32) -> u32 {
        self.depths[organisation as usize]
    }

    /// The organisations above, the nearest first. Endless inside a cycle: only for trees that passed the check.
    pub(crate) fn above(&self, organisation: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(self.parents[organisation as usize], |at| self.parents[*at as usize])
    }

    /// Whether following the parents from here comes back here.
    pub(crate) fn is_in_cycle(&self, organisation: u32) -> bool {
        self.above(organisation).take(self.parents.len()).any(|at| at == organisation)
    }
}
