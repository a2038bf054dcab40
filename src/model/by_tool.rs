//! Values by tool. A file has those of one tool, seldom of two: an ordered list takes a tenth of the memory of a tree, whose nodes have room for eleven.

use std::ops::Index;

use super::tool::Tool;

/// A map from tools, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByTool<T>(Vec<(Tool, T)>);

impl<T> ByTool<T> {
    /// Whether it has no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tools that have a value.
    pub fn keys(&self) -> impl Iterator<Item = &Tool> {
        self.0.iter().map(|(tool, _)| tool)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Each tool with its value.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Tool, &T)> {
        self.into_iter()
    }

    /// The value of `tool`, to be changed.
    pub fn get_mut(&mut self, tool: Tool) -> Option<&mut T> {
        self.0.iter_mut().find(|(other, _)| *other == tool).map(|(_, value)| value)
    }

    /// Gives `tool` the value, united by `unite` with the one that it has.
    pub fn add(&mut self, tool: Tool, value: T, unite: impl FnOnce(&mut T, T)) {
        match self.0.binary_search_by_key(&tool, |(other, _)| *other) {
            Ok(at) => {
                if let Some((_, mine)) = self.0.get_mut(at) {
                    unite(mine, value);
                }
            }
            // Most files have one tool: no room for others.
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (tool, value));
            }
        }
    }
}

impl<T> Default for ByTool<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> FromIterator<(Tool, T)> for ByTool<T> {
    /// Of several values of one tool the last stands.
    fn from_iter<I: IntoIterator<Item = (Tool, T)>>(values: I) -> Self {
        let mut all = Self::default();
        for (tool, value) in values {
            all.add(tool, value, |mine, value| *mine = value);
        }
        all
    }
}

impl<T, const N: usize> From<[(Tool, T); N]> for ByTool<T> {
    fn from(values: [(Tool, T); N]) -> Self {
        values.into_iter().collect()
    }
}

impl<T> IntoIterator for ByTool<T> {
    type Item = (Tool, T);
    type IntoIter = std::vec::IntoIter<(Tool, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a ByTool<T> {
    type Item = (&'a Tool, &'a T);
    type IntoIter = std::iter::Map<std::slice::Iter<'a, (Tool, T)>, fn(&'a (Tool, T)) -> (&'a Tool, &'a T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(tool, value)| (tool, value))
    }
}

impl<T> Index<&Tool> for ByTool<T> {
    type Output = T;

    /// # Panics
    /// If the tool has no value.
    fn index(&self, tool: &Tool) -> &T {
        let at = self.0.iter().position(|(other, _)| other == tool);
        &self.0[at.unwrap_or(self.0.len())].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_order_of_the_tools_and_unite() {
        let mut values = ByTool::from([(Tool::SLIPCOVER, 1), (Tool::COVERAGE_PY, 2)]);
        assert_eq!(values.keys().map(|tool| tool.name).collect::<Vec<_>>(), ["coverage.py", "slipcover"]);
        values.add(Tool::SLIPCOVER, 5, |mine, value| *mine += value);
        assert_eq!((values[&Tool::SLIPCOVER], values.get_mut(Tool::COVMERGE)), (6, None));
        assert_eq!(values, ByTool::from([(Tool::COVERAGE_PY, 2), (Tool::SLIPCOVER, 6)]));
    }
}
