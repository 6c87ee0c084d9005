"""What an experiment or a run came to, as a page of words, tables and figures.

Pages are frozen values (`Page`) that are made from the files in a folder alone, and become HTML or Markdown. How a
figure looks is not settled here: a page holds the numbers (`drawings`), and whoever writes it says what draws them.
"""

from society_sim.reporting.experiments import experiment_page
from society_sim.reporting.html import html
from society_sim.reporting.markdown import markdown
from society_sim.reporting.page import Page, Player
from society_sim.reporting.runs import run_page

__all__ = ["Page", "Player", "experiment_page", "html", "markdown", "run_page"]
