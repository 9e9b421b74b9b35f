using System.Collections.Generic;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>Settings of CollectDoseNetData: which fields, calculated with what.</summary>
    public sealed class DosePairSettings
    {
        /// <summary>Reads them.</summary>
        /// <exception cref="BridgeException">They are not as the installer writes them.</exception>
        public DosePairSettings(Settings settings)
        {
            JsonObject values = settings.Values;
            Coarse = new DoseModel("coarse", values);
            Fine = new DoseModel("fine", values);
            RandomFields = values.Integer("collect_random_fields");
            Seed = values.Integer("collect_seed");
            IsTakingOwnPlans = values.Truth("collect_own_plans");
            Machine = new MachineChoice(values, "collect_machine", "collect_machine_energy", "collect_dose_rate");
        }

        /// <summary>The first calculation of a field.</summary>
        public DoseModel Coarse { get; private set; }

        /// <summary>The second calculation of a field.</summary>
        public DoseModel Fine { get; private set; }

        /// <summary>Number of random fields of a patient.</summary>
        public int RandomFields { get; private set; }

        /// <summary>What the random fields are drawn from.</summary>
        public int Seed { get; private set; }

        /// <summary>Whether the fields of the patient's own plans are taken.</summary>
        public bool IsTakingOwnPlans { get; private set; }

        /// <summary>Machine, energy and dose rate of random fields; what is null is that of the open plan's first field.</summary>
        public MachineChoice Machine { get; private set; }

        /// <summary>Makes sure that Eclipse has both models and their options; nothing is changed.</summary>
        /// <exception cref="RefusedException">It has not.</exception>
        public void Require(ExternalPlanSetup plan)
        {
            Coarse.Require(plan);
            Fine.Require(plan);
        }

        /// <summary>What was asked for, as the list of a collection keeps it.</summary>
        /// <param name="beam">Machine, energy and dose rate of the random fields; null where there are none.</param>
        public Dictionary<string, object> Asked(MachineBeam beam)
        {
            return new Dictionary<string, object>
            {
                { "random_fields", RandomFields },
                { "seed", Seed },
                { "own_plans", IsTakingOwnPlans },
                { "machine", beam == null ? null : beam.Machine },
                { "energy", beam == null ? null : beam.Energy },
                { "dose_rate", beam == null ? null : (int?)beam.DoseRate },
                { Coarse.Kind, Coarse.Asked() },
                { Fine.Kind, Fine.Asked() }
            };
        }
    }
}
