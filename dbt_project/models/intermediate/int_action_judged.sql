with

dated as (
    select
        selected.session_code,
        selected.kpi_id,
        selected.measured_on,
        sessions.cut_off
    from {{ ref('int_observation_selected') }} as selected
    inner join {{ ref('int_session_prepared') }} as sessions on selected.session_code = sessions.session_code
),

followed as (
    select
        *,
        lag(measured_on) over (partition by kpi_id order by cut_off) as previous_measured_on
    from dated
),

-- a figure of the action that no earlier session knew, and that is not too old
new_figures as (
    select distinct
        followed.session_code,
        kpis.action_code
    from followed
    inner join {{ ref('ref_kpi') }} as kpis on followed.kpi_id = kpis.kpi_id
    where
        coalesce(followed.measured_on > followed.previous_measured_on, true)
        and followed.cut_off <= {{ months_after('kpis.max_age_months', 'followed.measured_on') }}
),

texts as (
    select
        session_code,
        action_code,
        max(case when role = 'lead' then declared_status end) as declared_status,
        max(case when role = 'lead' and declared_status is not null then partner_code end) as declared_by,
        max(
            case
                when role = 'lead' and declared_status is not null
                    then case when is_reconstituted then 'progress_report' else 'contribution' end
            end
        ) as declared_source
    from {{ ref('int_contribution_merged') }}
    where declared_status is not null or progress_text is not null
    group by session_code, action_code
),

counts as (
    select
        session_code,
        action_code,
        count(*) as commitment_count,
        count(case when deadline <= cut_off then 1 end) as due_count,
        count(case when not {{ is_unknown('status') }} then 1 end) as assessed_count,
        count(case when deadline < cut_off and computed_status in ('late', 'unconfirmed') then 1 end) as missed_count,
        count(case when status <> computed_status or basis = 'read' then 1 end) as read_count,
        count(case when is_news then 1 end) as news_count,
        count(case when is_delay_ended_now then 1 end) as ended_count,
        {{ action_counts('plain', 'computed_status') }},
        {{ action_counts('final', 'status') }}
    from {{ ref('int_commitment_carried') }}
    group by session_code, action_code
),

facts as (
    select
        counts.session_code,
        counts.action_code,
        sessions.session_rank,
        sessions.disagreement_steps,
        counts.commitment_count,
        counts.due_count,
        counts.assessed_count,
        counts.missed_count,
        counts.read_count,
        counts.news_count,
        counts.ended_count,
        {%- for prefix in ['plain', 'final'] %}
            {%- for status in counted_statuses() %}
                counts.{{ prefix }}_{{ status }},
            {%- endfor %}
        {%- endfor %}
        texts.declared_status,
        texts.declared_by,
        texts.declared_source,
        texts.action_code is not null or new_figures.action_code is not null as is_spoken_of
    from counts
    inner join {{ ref('int_session_prepared') }} as sessions on counts.session_code = sessions.session_code
    left join texts on counts.session_code = texts.session_code and counts.action_code = texts.action_code
    left join new_figures
        on counts.session_code = new_figures.session_code and counts.action_code = new_figures.action_code
),

judged as (
    select
        *,
        {{ action_verdict('plain') }} as computed_status,
        case when read_count > 0 then {{ action_verdict('final') }} end as read_status,
        max(case when declared_status is not null then {{ as_text('1000 + session_rank') }} || declared_status end)
            over (partition by action_code order by session_rank) as last_word
    from facts
),

-- the lead's word counts within the facts: not better than what is known, and nothing but « late » once a deadline is
-- past without a proof
weighed as (
    select
        *,
        coalesce(
            case
                when declared_status = computed_status then true
                when computed_status in ('in_progress', 'not_reported') then declared_status <> 'achieved'
                when missed_count > 0 then declared_status = 'late'
                else {{ word_weight('declared_status') }} <= {{ word_weight('computed_status') }}
            end,
            false
        ) as is_within_facts
    from judged
),

marked as (
    select
        *,
        {{ identifier([
            "case when computed_status in ('in_progress', 'not_reported') then 'unknown' else computed_status end",
            "'|'",
            "coalesce(substr(last_word, 5), '')",
            "'|'",
            "coalesce(read_status, '')",
        ]) }} as review_mark
    from weighed
),

last_decisions as (
    select
        sessions.session_code,
        decisions.action_code,
        decisions.session_code as arbitrated_in,
        decisions.decision as arbitrated_status,
        decisions.author_role as arbitrated_by,
        decisions.decided_on as arbitrated_on,
        decisions.reason as arbitration_reason,
        decisions.overruled as arbitration_overruled,
        decisions.decided_upon,
        row_number() over (
            partition by sessions.session_code, decisions.action_code
            order by decided_in.cut_off desc, decisions.received_at desc, decisions.decision_id desc
        ) as position
    from {{ ref('stg_raw__decision') }} as decisions
    inner join {{ ref('int_session_prepared') }} as decided_in on decisions.session_code = decided_in.session_code
    inner join {{ ref('int_session_prepared') }} as sessions on decided_in.cut_off <= sessions.cut_off
    where decisions.subject_kind = 'action'
)

-- a decision holds while what it was taken upon is the same; then it is asked again
select
    marked.session_code,
    marked.action_code,
    marked.session_rank,
    marked.computed_status,
    marked.declared_status,
    marked.declared_by,
    marked.declared_source,
    marked.read_status,
    marked.is_within_facts,
    marked.commitment_count,
    marked.assessed_count,
    marked.review_mark,
    case
        when
            marked.review_mark = coalesce(decisions.decided_upon, then_marked.review_mark)
            then decisions.arbitrated_status
    end as arbitrated_status,
    decisions.arbitrated_in,
    decisions.arbitrated_by,
    decisions.arbitrated_on,
    decisions.arbitration_reason,
    decisions.arbitration_overruled,
    coalesce(
        -- better than what is known, « atteint » that nothing shows, or much worse
        (marked.declared_status <> marked.computed_status and not marked.is_within_facts)
        or {{ word_weight('marked.computed_status') }} - {{ word_weight('marked.declared_status') }}
        >= marked.disagreement_steps,
        false
    ) as has_disagreement,
    marked.is_spoken_of
    or marked.news_count > 0
    or coalesce(marked.session_code = decisions.arbitrated_in, false) as is_news,
    marked.final_achieved = marked.commitment_count
    or (
        marked.ended_count > 0
        and marked.final_achieved + marked.final_on_track + marked.final_at_risk = marked.commitment_count
    ) as is_delay_ended
from marked
left join last_decisions as decisions
    on
        marked.session_code = decisions.session_code
        and marked.action_code = decisions.action_code
        and decisions.position = 1
left join marked as then_marked
    on decisions.arbitrated_in = then_marked.session_code and marked.action_code = then_marked.action_code
