"""The structure of an organisation, measured: pure functions of a graph, and a fold over a record.

>>> from society_sim.topologies.hierarchical import hierarchical
>>> tree = hierarchical(13, None, span=3)
>>> depth(tree), span(tree), reachability(tree), bottleneck(tree) > 0.5
(2.0, 3.0, 1.0, True)
"""

from society_sim.structure.fold import Structure
from society_sim.structure.graphs import Ties
from society_sim.structure.hierarchy import (
    bosses,
    connectedness,
    depth,
    efficiency,
    formal_share,
    least_upper_bounds,
    one_sidedness,
    span,
    widest_span,
)
from society_sim.structure.over_time import DEFAULT, KNOWN, Row, structure_over_time, write_csv
from society_sim.structure.paths import betweenness, bottleneck, mean_path
from society_sim.structure.shape import (
    centralisation,
    clustering,
    components,
    density,
    found_communities,
    giant_share,
    modularity,
    reachability,
    reciprocity,
    ties,
    triangles,
)
from society_sim.structure.spectrum import algebraic_connectivity, spectral_radius
from society_sim.structure.traffic import Traffic

__all__ = [
    "DEFAULT",
    "KNOWN",
    "Row",
    "Structure",
    "Ties",
    "Traffic",
    "algebraic_connectivity",
    "betweenness",
    "bosses",
    "bottleneck",
    "centralisation",
    "clustering",
    "components",
    "connectedness",
    "density",
    "depth",
    "efficiency",
    "formal_share",
    "found_communities",
    "giant_share",
    "least_upper_bounds",
    "mean_path",
    "modularity",
    "one_sidedness",
    "reachability",
    "reciprocity",
    "span",
    "spectral_radius",
    "structure_over_time",
    "ties",
    "triangles",
    "widest_span",
    "write_csv",
]
