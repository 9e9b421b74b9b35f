using System.Windows.Forms;
using EsapiBridge.Mock;

namespace EsapiBridge.MockEclipse
{
    /// <summary>Runs the host with its window.</summary>
    public static class Desktop
    {
        /// <summary>Shows the window until it is closed.</summary>
        public static int Run(MockSession session, Options options)
        {
            Application.EnableVisualStyles();
            ScriptWindow.UseDesktop();
            Selection open = Selection.Open(session, options);
            using (MainWindow window = new MainWindow(session, open, options.Scripts))
            {
                if (options.Screenshots != null)
                {
                    window.Location = new System.Drawing.Point(0, 0);
                    window.StartPosition = FormStartPosition.Manual;
                    new Camera(window, session, options.Screenshots, options.Start).Begin();
                }
                Application.Run(window);
            }
            session.ClosePatient();
            return 0;
        }
    }
}
