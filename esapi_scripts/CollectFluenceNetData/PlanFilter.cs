using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Which plans are worth learning from.</summary>
    public sealed class PlanFilter
    {
        private readonly CollectionSettings _settings;

        /// <summary>Makes the filter of an installation.</summary>
        public PlanFilter(CollectionSettings settings)
        {
            _settings = settings;
        }

        /// <summary>What is taken, in words.</summary>
        public override string ToString()
        {
            return _settings.Fields + " sliding-window fields of " + string.Join(" or ", _settings.Energies)
                + " with optimal fluence" + (_settings.IsTakingUnapproved ? "" : ", approved");
        }

        /// <summary>Why a plan is not taken; null if it is.</summary>
        public string Fault(ExternalPlanSetup plan)
        {
            if (plan.Course.Id == _settings.ResearchCourse)
            {
                return "it lies in the course of plans that these scripts made";
            }
            if (!_settings.IsTakingUnapproved && !PlanGuards.IsApproved(plan))
            {
                return "approval: expected an approved plan, found " + plan.ApprovalStatus;
            }
            try
            {
                PlanGuards.RequirePlan(plan);
                PlanGuards.RequireFluenceFields(plan);
            }
            catch (RefusedException refusal)
            {
                return refusal.Message;
            }
            List<Beam> fields = plan.Beams.Where(beam => !beam.IsSetupField).ToList();
            if (fields.Count != _settings.Fields)
            {
                return "fields: expected " + _settings.Fields + ", found " + fields.Count;
            }
            return fields.Select(FieldFault).FirstOrDefault(fault => fault != null);
        }

        private string FieldFault(Beam field)
        {
            if (!_settings.Energies.Contains(field.EnergyModeDisplayName))
            {
                return "energy: expected " + string.Join(" or ", _settings.Energies) + ", found " + field.EnergyModeDisplayName;
            }
            if (field.MLCPlanType != MLCPlanType.DoseDynamic)
            {
                return "technique: expected a sliding window, found " + field.MLCPlanType + " in field " + field.Id;
            }
            return field.GetOptimalFluence() == null ? "fluence: expected one for every field, found none in field " + field.Id : null;
        }
    }
}
