"""The paper's figures and conclusions beside those measured here."""
