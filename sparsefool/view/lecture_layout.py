"""How the lecture is laid out: pictures and controls beside the words, on a projector too."""

STYLE = """<style>
.st-key-world_space{container-type:inline-size}
.st-key-world_row{display:grid;gap:1rem;align-items:start;
 grid-template-columns:minmax(0,1.3fr) minmax(280px,1fr)}
.st-key-world_left{max-width:34rem}
.st-key-stage_words{min-height:28rem}
.st-key-world_row>:has(>.st-key-world_listings),.st-key-world_listings{grid-column:1/-1}
@container (min-width:1060px){
 .st-key-world_row{grid-template-columns:minmax(0,34rem) minmax(300px,1fr) 18.5rem}
 .st-key-world_row>:has(>.st-key-world_listings),.st-key-world_listings{grid-column:auto}
 .st-key-stage_words{min-height:25rem}}
@container (max-width:36rem){.st-key-stage_words{min-height:31rem}}
@container (max-width:600px){.st-key-world_row{grid-template-columns:minmax(0,1fr)}}
.st-key-network_row{display:grid;gap:2rem;align-items:start;
 grid-template-columns:minmax(0,min(19rem,38%)) minmax(0,1fr)}
</style>"""
