using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>A field of one of the patient's own plans, calculated on a copy.</summary>
    public sealed class OwnField : WantedField
    {
        private readonly ExternalPlanSetup _source;
        private readonly Beam _field;

        /// <summary>Makes it.</summary>
        /// <param name="source">The plan, which is only read.</param>
        /// <param name="field">The field.</param>
        /// <param name="key">What stands for the plan.</param>
        /// <param name="plan">Number of the plan.</param>
        public OwnField(ExternalPlanSetup source, Beam field, string key, int plan)
            : base("plan-" + key + "-" + field.BeamNumber, "own plan", plan)
        {
            _source = source;
            _field = field;
        }

        /// <inheritdoc/>
        public override ExternalPlanSetup Make(ResearchCourse course)
        {
            PlanGuards.RequirePlainBeam(_field);
            ExternalPlanSetup plan = course.AddCopy(_source, CollectionPlans.IdOf);
            foreach (Beam beam in plan.Beams.Where(beam => beam.Id != _field.Id).ToList())
            {
                plan.RemoveBeam(beam);
            }
            return plan;
        }

        /// <inheritdoc/>
        public override double MetersetMu()
        {
            MetersetValue meterset = _field.Meterset;
            if (meterset.Unit != DosimeterUnit.MU || !Finite.Is(meterset.Value) || !(meterset.Value > 0))
            {
                throw new RefusedException("the field must have monitor units, it has none: calculate the plan first");
            }
            return meterset.Value;
        }
    }
}
