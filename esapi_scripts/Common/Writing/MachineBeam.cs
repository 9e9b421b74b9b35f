using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Machine, energy and dose rate of new fields.</summary>
    public sealed class MachineBeam
    {
        private const string FlatteningFilterFree = "-FFF";

        private MachineBeam(string machine, string energy, int doseRate)
        {
            Machine = machine;
            Energy = energy;
            DoseRate = doseRate;
        }

        /// <summary>Id of the machine.</summary>
        public string Machine { get; private set; }

        /// <summary>Energy as Eclipse displays it.</summary>
        public string Energy { get; private set; }

        /// <summary>Monitor units a minute.</summary>
        public int DoseRate { get; private set; }

        /// <summary>What was chosen, and what was not from the first treatment field of a plan.</summary>
        /// <param name="chosen">What was chosen.</param>
        /// <param name="plan">The plan; null where there is none.</param>
        /// <param name="fields">What is made, for the message: "random fields".</param>
        /// <exception cref="RefusedException">Neither says it.</exception>
        public static MachineBeam Of(MachineChoice chosen, ExternalPlanSetup plan, string fields)
        {
            Beam first = plan == null ? null : plan.Beams.FirstOrDefault(beam => !beam.IsSetupField);
            if (first == null && (chosen.Machine == null || chosen.Energy == null || chosen.DoseRate == null))
            {
                throw new RefusedException(fields + " need a machine, an energy and a dose rate, expected those of an open plan's first "
                    + "field, found none: open a plan with fields, or choose with 'esapi-bridge scripts install' and "
                    + chosen.MachineOption + ", " + chosen.EnergyOption + " and " + chosen.DoseRateOption);
            }
            string energy = chosen.Energy ?? first.EnergyModeDisplayName;
            Energy parsed;
            if (!EsapiBridge.Scripts.Energy.TryParse(energy, out parsed))
            {
                throw new RefusedException(fields + " need a photon energy such as 6X or 10X-FFF, found " + energy
                    + ": choose with 'esapi-bridge scripts install' and " + chosen.EnergyOption);
            }
            return new MachineBeam(chosen.Machine ?? first.TreatmentUnit.Id, energy, chosen.DoseRate ?? first.DoseRate);
        }

        /// <summary>The same for a new static field.</summary>
        public ExternalBeamMachineParameters Parameters()
        {
            bool isFree = Energy.EndsWith(FlatteningFilterFree);
            string energy = isFree ? Energy.Substring(0, Energy.Length - FlatteningFilterFree.Length) : Energy;
            return new ExternalBeamMachineParameters(Machine, energy, DoseRate, "STATIC", isFree ? "FFF" : "");
        }
    }
}
